import { describe, expect, it } from 'vitest';
import { addWorkingTime, isWorkingDay, type WorkingCalendar, workingTime } from './calendar.ts';
import { fullTime, hour, minute, parseLocalDateTime } from './time.ts';

/** As the State Council announced them for 2026: National Day, and the days worked for it. */
const calendar: WorkingCalendar = {
  opens: 8 * 60 + 30,
  closes: 17 * 60 + 30,
  days: new Map([
    ['2026-09-20', true],
    ...[1, 2, 3, 4, 5, 6, 7].map((one): [string, boolean] => [`2026-10-0${one}`, false]),
    ['2026-10-10', true],
  ]),
};
const at = (text: string): number => Number(parseLocalDateTime(text));
const after = (text: string, length: number) => fullTime(addWorkingTime(calendar, at(text), length));
const between = (from: string, until: string) => workingTime(calendar, at(from), at(until));

describe('a working day', () => {
  it.each([
    ['2026-11-30', true, 'a Monday'],
    ['2026-11-28', false, 'a Saturday'],
    ['2026-11-29', false, 'a Sunday'],
    ['2026-10-01', false, 'National Day, a Thursday'],
    ['2026-10-10', true, 'a Saturday that is worked for it'],
    ['2026-09-20', true, 'a Sunday that is worked for it'],
    ['2026-10-11', false, 'the Sunday after'],
  ])('%s: %s, %s', (text, works) => {
    expect(isWorkingDay(calendar, text)).toBe(works);
  });
});

describe('working time', () => {
  it.each([
    ['2026-11-30 09:00', 4 * hour, '2026-11-30 13:00', 'within a day'],
    ['2026-11-30 13:30', 4 * hour, '2026-11-30 17:30', 'until the very end of a day'],
    ['2026-11-30 16:30', 2 * hour, '2026-12-01 09:30', 'over a night'],
    ['2026-11-30 06:00', 1 * hour, '2026-11-30 09:30', 'from before the office opens'],
    ['2026-11-27 17:00', 1 * hour, '2026-11-30 09:00', 'over a weekend'],
    ['2026-11-29 12:00', 9 * hour, '2026-11-30 17:30', 'from a Sunday'],
    ['2026-09-30 17:00', 1 * hour, '2026-10-08 09:00', 'over National Day'],
    ['2026-10-09 17:00', 1 * hour, '2026-10-10 09:00', 'into a Saturday that is worked'],
    ['2026-12-31 17:00', 20 * hour, '2027-01-05 10:00', 'over the turn of the year'],
  ])('from %s, %d ms: %s, %s', (from, length, until) => {
    expect(after(from, length)).toBe(until);
    expect(between(from, until)).toBe(length);
  });

  it('is none at night, on a weekend and on a holiday', () => {
    expect(between('2026-11-30 18:00', '2026-12-01 08:00')).toBe(0);
    expect(between('2026-11-28 00:00', '2026-11-30 00:00')).toBe(0);
    expect(between('2026-10-01 00:00', '2026-10-08 00:00')).toBe(0);
  });

  it('is counted to the millisecond round the clock', () => {
    const always = { opens: 0, closes: 24 * 60, days: new Map([['2026-11-29', true]]) };
    expect(addWorkingTime(always, at('2026-11-29 23:59'), minute + 1)).toBe(at('2026-11-30 00:00') + 1);
  });
});
