import { expect, test } from 'vitest';
import { pauseAfter } from './next-try.ts';
import { minute } from './time.ts';

test('the pauses between tries grow to an hour, and stay there', () => {
  expect([0, 1, 2, 3, 4, 5, 50].map((tries) => pauseAfter(tries) / minute)).toEqual([1, 1, 5, 15, 60, 60, 60]);
});
