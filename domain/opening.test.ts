import { describe, expect, test } from 'vitest';
import { clockOf, findOpeningProblems, minutesOfClock, type Opening, roundTheClock } from './opening.ts';
import { parseLocalDateTime } from './time.ts';

/** 2026-11-27 is a Friday. */
const opening: Opening = { opens: 480, closes: 1080, closedWeekdays: [7], closedDays: ['2026-12-01'] };
const problems = (from: string, until: string, rule = opening) => {
  const [begin, end] = [parseLocalDateTime(from), parseLocalDateTime(until)];
  if (!begin || !end) throw new Error('not a time');
  return findOpeningProblems({ from: begin, until: end }, rule);
};

describe('an open campus', () => {
  test.each([
    ['within the hours', '2026-11-27T08:00', '2026-11-27T18:00'],
    ['over a night', '2026-11-27T17:30', '2026-11-28T09:00'],
  ])('receives %s', (_, from, until) => expect(problems(from, until)).toEqual({}));

  test('round the clock receives also until midnight and at night', () => {
    expect(problems('2026-11-27T22:00', '2026-11-28T00:00', roundTheClock)).toEqual({});
    expect(problems('2026-11-27T00:00', '2026-11-27T00:30', roundTheClock)).toEqual({});
  });
});

describe('is refused at its end', () => {
  test.each([
    ['2026-11-27T07:59', '2026-11-27T10:00', { from: 'field.hours_closed' }],
    ['2026-11-27T18:00', '2026-11-28T10:00', { from: 'field.hours_closed' }],
    ['2026-11-27T17:00', '2026-11-27T18:01', { until: 'field.hours_closed' }],
    ['2026-11-27T17:00', '2026-11-28T08:00', { until: 'field.hours_closed' }],
    ['2026-11-29T10:00', '2026-11-29T12:00', { from: 'field.day_closed', until: 'field.day_closed' }],
    ['2026-12-01T10:00', '2026-12-02T12:00', { from: 'field.day_closed' }],
    ['2026-11-28T10:00', '2026-11-30T12:00', { until: 'field.days_closed_between' }],
    ['2026-11-28T10:00', '2026-11-29T12:00', { until: 'field.day_closed' }],
  ])('%s until %s', (from, until, expected) => expect(problems(from, until)).toEqual(expected));

  test('an order that is wrong is said by the window, not once more here', () => {
    expect(problems('2026-11-27T12:00', '2026-11-27T10:00')).toEqual({});
  });
});

test('a clock reads the same in both directions', () => {
  for (const minutes of [0, 30, 480, 1410, 1440]) expect(minutesOfClock(clockOf(minutes))).toBe(minutes);
  expect(minutesOfClock('24:00:00')).toBe(1440);
});
