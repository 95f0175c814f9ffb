import { expect, test } from 'vitest';
import { day, hour, minute } from './time.ts';
import { decideBy, findWindowProblems } from './visit-window.ts';

const now = Date.UTC(2026, 10, 23, 2);
const problems = (from: number | undefined, until: number | undefined) =>
  findWindowProblems(
    { from: from === undefined ? undefined : now + from, until: until === undefined ? undefined : now + until },
    now,
  );

test.each([
  ['an ordinary visit', hour, 3 * hour],
  ['the quarter of an hour that is running', -15 * minute, hour],
  ['seven whole days', hour, hour + 7 * day],
  ['sixty days ahead', 60 * day, 60 * day + hour],
])('%s may be asked for', (_name, from, until) => expect(problems(from, until)).toEqual({}));

test.each([
  [undefined, undefined, { from: 'field.from_empty', until: 'field.until_empty' }],
  [hour, undefined, { until: 'field.until_empty' }],
  [-15 * minute - 1, hour, { from: 'field.window_past' }],
  [60 * day + 1, 61 * day, { from: 'field.window_far' }],
  [2 * hour, 2 * hour, { until: 'field.window_order' }],
  [hour, hour + 7 * day + 1, { until: 'field.window_long' }],
  [-10 * minute, -5 * minute, { until: 'field.window_past' }],
  [-2 * day, -day, { from: 'field.window_past', until: 'field.window_past' }],
])('from %s until %s is refused at the field', (from, until, expected) =>
  expect(problems(from, until)).toEqual(expected),
);

test('an approver decides before the visit begins, or within half an hour of a late request', () => {
  expect(decideBy({ from: now + hour, until: now + 2 * hour }, now)).toBe(now + hour);
  expect(decideBy({ from: now + 30 * minute, until: now + 2 * hour }, now)).toBe(now + 30 * minute);
  expect(decideBy({ from: now, until: now + 2 * hour }, now)).toBe(now + 30 * minute);
  expect(decideBy({ from: now, until: now + 10 * minute }, now)).toBe(now + 10 * minute);
});
