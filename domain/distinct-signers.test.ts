import { expect, test } from 'vitest';
import { withoutSigner } from './distinct-signers.ts';

test('each signature finds another person, however they have to be shared out', () => {
  expect(withoutSigner([])).toEqual([]);
  expect(withoutSigner([['a'], ['a']])).toEqual([1]);
  expect(withoutSigner([['a', 'b'], ['a']])).toEqual([]);
  expect(withoutSigner([['a', 'b'], ['a', 'c'], ['a']])).toEqual([]);
  expect(
    withoutSigner([
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'b'],
    ]),
  ).toEqual([2]);
  expect(withoutSigner([[], ['a']])).toEqual([0]);
});
