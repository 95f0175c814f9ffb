import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBase45, encodeBase45 } from './base45.ts';

const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);
const bytes = (from: string) => new TextEncoder().encode(from);

test.each([
  ['AB', 'BB8'],
  ['Hello!!', '%69 VD92EX0'],
  ['base-45', 'UJCLQE7W581'],
  ['ietf!', 'QED8WEX0'],
])('%s is %s, as RFC 9285 has it', (plain, encoded) => {
  expect(encodeBase45(bytes(plain))).toBe(encoded);
  expect(text(decodeBase45(encoded))).toBe(plain);
});

test('any bytes come back', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (any) => {
      expect(decodeBase45(encodeBase45(any))).toEqual(any);
    }),
  );
});

test.each(['A', 'GGW', '::', ':::', 'ab8', 'BB8é'])('%s is not base45', (encoded) => {
  expect(decodeBase45(encoded)).toBeUndefined();
});
