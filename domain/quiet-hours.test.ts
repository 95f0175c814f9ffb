import { expect, test } from 'vitest';
import { isDigestTime, tellAt } from './quiet-hours.ts';
import { fullTime, parseLocalDateTime } from './time.ts';

const at = (text: string) => parseLocalDateTime(text) as Date;

// 2026-11-27 is a Friday; of the days after it the Sunday is worked and the Monday free.
const calendar = {
  days: new Map([
    ['2026-11-29', true],
    ['2026-11-30', false],
  ]),
};
test.each([
  ['2026-11-27T21:59', true, true, '2026-11-27 21:59'],
  ['2026-11-26T22:00', true, true, '2026-11-27 08:00'],
  ['2026-11-26T22:00', true, false, '2026-11-27 07:00'],
  ['2026-11-27T22:00', true, true, '2026-11-28 07:00'],
  ['2026-11-27T06:59', true, true, '2026-11-27 08:00'],
  ['2026-11-28T06:59', true, true, '2026-11-28 07:00'],
  ['2026-11-28T23:00', true, true, '2026-11-29 08:00'],
  ['2026-11-29T23:00', true, true, '2026-11-30 07:00'],
  ['2026-11-27T07:00', true, true, '2026-11-27 07:00'],
  ['2026-11-27T23:30', false, true, '2026-11-27 23:30'],
])('what comes up at %s is told in time (quiet %s, digest %s)', (now, quiet, digest, told) => {
  expect(fullTime(tellAt(at(now), { quiet, digest }, calendar))).toBe(told);
});

test.each([
  ['2026-11-27T07:59', false],
  ['2026-11-27T08:00', true],
  ['2026-11-27T11:59', true],
  ['2026-11-27T12:00', false],
  ['2026-11-28T08:00', false],
  ['2026-11-29T08:00', true],
  ['2026-11-30T08:00', false],
])('whether a digest is due at %s', (now, due) => {
  expect(isDigestTime(at(now), calendar)).toBe(due);
});
