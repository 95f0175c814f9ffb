import { expect, test } from 'vitest';
import { isTooOld } from './release.ts';

test.each([
  ['1.4.2', '1.4.0', false],
  ['1.3.9', '1.4.0', false],
  ['1.2.9', '1.4.0', true],
  ['0.9.0', '1.0.3', false],
  ['0.9.0', '1.1.0', true],
  ['0.9.0', '2.0.0', true],
  // A newer one, as while two releases run beside each other.
  ['1.5.0', '1.4.0', false],
  ['2.0.0', '1.9.0', false],
  ['anything', '1.4.0', false],
])('a page of %s at a process of %s: too old is %s', (page, own, expected) => {
  expect(isTooOld(page, own)).toBe(expected);
});
