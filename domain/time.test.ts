import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  ageOn,
  dateWithWeekday,
  dayOf,
  daysOf,
  exactTime,
  fullTime,
  isRealDay,
  parseLocalDateTime,
  shortTime,
  shortTimeRange,
  startOfDay,
  timeRange,
  toLocalInput,
} from './time.ts';

const afternoon = Date.UTC(2026, 8, 5, 7, 0, 9);

test('an instant reads as the clock in Shanghai', () => {
  expect(shortTime(afternoon)).toBe('09/05 15:00');
  expect(fullTime(new Date(afternoon))).toBe('2026-09-05 15:00');
  expect(exactTime(afternoon)).toBe('2026-09-05 15:00:09');
  expect(timeRange(afternoon, afternoon + 30 * 60_000)).toBe('09/05 15:00 – 09/05 15:30');
  expect(shortTimeRange(afternoon, afternoon + 30 * 60_000)).toBe('09/05 15:00 – 15:30');
  expect(shortTimeRange(afternoon, afternoon + 9 * 3600_000)).toBe('09/05 15:00 – 09/06 00:00');
  expect(dateWithWeekday(afternoon, 'zh-CN')).toBe('2026年9月5日 星期六');
  expect(dateWithWeekday(afternoon, 'en')).toBe('Saturday 2026-09-05');
});

test('the day changes at 16:00 UTC', () => {
  expect(dayOf(Date.UTC(2026, 11, 31, 15, 59, 59))).toBe('2026-12-31');
  expect(dayOf(Date.UTC(2026, 11, 31, 16))).toBe('2027-01-01');
  expect(startOfDay('2027-01-01').getTime()).toBe(Date.UTC(2026, 11, 31, 16));
});

test('the value of a datetime-local field comes back unchanged, to the minute', () => {
  const instant = fc.integer({ min: 0, max: Date.UTC(2099, 0) / 60_000 }).map((minutes) => minutes * 60_000);
  fc.assert(
    fc.property(instant, (at) => {
      expect(parseLocalDateTime(toLocalInput(at))?.getTime()).toBe(at);
    }),
  );
});

test.each([
  '',
  '2026-02-29T10:00',
  '2026-13-01T10:00',
  '2026-01-01T24:00',
  '2026-01-01T10:60',
  'tomorrow',
  '2026-1-1T1:00',
])('%j is no local time', (text) => expect(parseLocalDateTime(text)).toBeUndefined());

test('a window touches every day it runs through, and not the one it ends before', () => {
  const from = startOfDay('2026-12-30').getTime() + 3_600_000;
  expect(daysOf(from, startOfDay('2027-01-01'))).toEqual(['2026-12-30', '2026-12-31']);
  expect(daysOf(from, startOfDay('2027-01-01').getTime() + 1)).toEqual(['2026-12-30', '2026-12-31', '2027-01-01']);
});

test('days that the calendar does not have are none', () => {
  expect(isRealDay('2024-02-29')).toBe(true);
  expect(isRealDay('2026-02-29')).toBe(false);
  expect(() => startOfDay('2026-02-30')).toThrow(RangeError);
});

test('age counts by the date in Shanghai', () => {
  expect(ageOn('2012-09-05', Date.UTC(2026, 8, 4, 15, 59))).toBe(13);
  expect(ageOn('2012-09-05', Date.UTC(2026, 8, 4, 16))).toBe(14);
  expect(ageOn('2012-02-29', Date.UTC(2026, 1, 28, 4))).toBe(13);
});
