import { expect, test } from 'vitest';
import { takesLastSigner, withoutSigner } from './distinct-signers.ts';

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

test('a signature leaves another one with nobody where its signer is the last who could give that', () => {
  expect(takesLastSigner([['a'], ['a', 'b']], 1, ['a'])).toBe(true);
  expect(takesLastSigner([['a'], ['a', 'b']], 0, ['a'])).toBe(false);
  expect(takesLastSigner([['a'], ['a', 'b']], 1, ['b'])).toBe(false);
  expect(takesLastSigner([['a'], ['a', 'b']], 1, ['b', 'a']), 'for somebody').toBe(true);
  expect(takesLastSigner([['a'], ['a']], 1, ['a']), 'it had nobody before').toBe(false);
  expect(takesLastSigner([['a', 'c'], ['a', 'b'], ['c']], 1, ['a']), 'two who would need the same').toBe(true);
});
