import { expect, test } from 'vitest';
import { onceWithin } from './once.ts';

test('a look counts once within a while, for each who and what', () => {
  let now = 0;
  const first = onceWithin(1_000, () => now);
  expect([first('a'), first('a'), first('b')]).toEqual([true, false, true]);
  now = 1_000;
  expect(first('a')).toBe(true);
});
