import { expect, test } from 'vitest';
import { isFresh, stepAt } from './renewal.ts';

test('a step lasts thirty seconds and is accepted from two before to one after', () => {
  const now = 1_800_000_010_000;
  const step = stepAt(now);
  const end = 1_800_000_030_000;
  expect(stepAt(end - 30_000)).toBe(step);
  expect(stepAt(end - 1)).toBe(step);
  expect(stepAt(end)).toBe(step + 1);
  expect([-3, -2, -1, 0, 1, 2].map((offset) => isFresh(step + offset, now))).toEqual([
    false,
    true,
    true,
    true,
    true,
    false,
  ]);
});
