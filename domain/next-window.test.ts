import { expect, test } from 'vitest';
import { type Calendar, nextWindow, sameTimesAgain } from './next-window.ts';
import { roundTheClock } from './opening.ts';
import { fullTime, hour, parseLocalDateTime } from './time.ts';

/** A Friday, 16:10. */
const now = Number(parseLocalDateTime('2026-11-27T16:10'));
const at = (text: string) => Number(parseLocalDateTime(text));
const shown = (window: { from: number; until: number } | undefined) =>
  window && `${fullTime(window.from)} ${fullTime(window.until)}`;
const free: Calendar = { opening: roundTheClock, fullDays: [], taken: [] };
const weekdays: Calendar = { ...free, opening: { opens: 480, closes: 1080, closedWeekdays: [6, 7], closedDays: [] } };

test.each<[string, number, Calendar, string]>([
  ['begins at the next half hour', 2, free, '2026-11-27 16:30 2026-11-27 18:30'],
  ['ends within the visiting hours', 2, weekdays, '2026-11-30 08:00 2026-11-30 10:00'],
  ['fits just before they end', 1.5, weekdays, '2026-11-27 16:30 2026-11-27 18:00'],
  ['passes over full days', 2, { ...weekdays, fullDays: ['2026-11-30'] }, '2026-12-01 08:00 2026-12-01 10:00'],
  [
    'keeps clear of what the visitor has asked for',
    2,
    { ...free, taken: [{ from: at('2026-11-27T17:00'), until: at('2026-11-27T19:00') }] },
    '2026-11-27 19:00 2026-11-27 21:00',
  ],
])('the next window %s', (_, hours, calendar, expected) =>
  expect(shown(nextWindow(hours * hour, calendar, now))).toBe(expected),
);

test('there is no window longer than the days between two closed ones', () => {
  expect(nextWindow(6 * 24 * hour, weekdays, now)).toBeUndefined();
});

test('an old visit comes again at its times, on the first day that has them', () => {
  const before = { from: at('2026-03-02T09:15'), until: at('2026-03-02T11:00') };
  expect(shown(sameTimesAgain(before, free, now))).toBe('2026-11-28 09:15 2026-11-28 11:00');
  expect(shown(sameTimesAgain(before, weekdays, now))).toBe('2026-11-30 09:15 2026-11-30 11:00');
  const later = { from: at('2026-03-02T16:15'), until: at('2026-03-02T18:00') };
  expect(shown(sameTimesAgain(later, weekdays, now))).toBe('2026-11-27 16:15 2026-11-27 18:00');
});
