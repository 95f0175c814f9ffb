import { expect, test } from 'vitest';
import { mostSigned } from './distinct-signers.ts';

test('each task is signed by another person, however they have to be shared out', () => {
  expect(mostSigned([])).toBe(0);
  expect(mostSigned([['a'], ['a']])).toBe(1);
  expect(mostSigned([['a', 'b'], ['a']])).toBe(2);
  expect(mostSigned([['a', 'b'], ['a', 'c'], ['a']])).toBe(3);
  expect(
    mostSigned([
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'b'],
    ]),
  ).toBe(2);
  expect(mostSigned([['a'], []])).toBe(1);
});
