import { createHmac, scryptSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { documentTail } from './identity-number.ts';
import { documentMatches, encodeSealedPass, type SealedPass } from './sealed-pass.ts';

const hashes = {
  fast: (key: string, text: string) => createHmac('sha256', key).update(text).digest('base64url'),
  slow: (salt: string, text: string, cost: number) =>
    scryptSync(text, salt, 32, { N: 2 ** cost }).toString('base64url'),
};
const number = '11019919900101904X';
const read = (bytes: Uint8Array): SealedPass => JSON.parse(new TextDecoder().decode(bytes));

test('a gate can compare a document that it does not hold', () => {
  const proof = { salt: 'salt', tail: hashes.slow('salt', documentTail(number), 4), cost: 4 };
  const bytes = encodeSealedPass({ name: '张小三', codeHash: 'hash', proof, from: 1000, gates: 3n });
  expect(new TextDecoder().decode(bytes)).not.toContain('1990');
  const { doc, gates, plate } = read(bytes);
  expect([gates, plate]).toEqual(['0000000000000003', undefined]);
  for (const right of [number, '01904X']) expect(documentMatches(doc, right, hashes)).toBe(true);
  for (const wrong of ['019040', '1904X', '']) expect(documentMatches(doc, wrong, hashes)).toBe(false);
});

test('a number shorter than six characters is compared as a whole', () => {
  const doc = { salt: 'salt', tail: hashes.slow('salt', documentTail('E1234'), 4), cost: 4 };
  expect(documentMatches(doc, 'E1234', hashes)).toBe(true);
  expect(documentMatches(doc, '1234', hashes)).toBe(false);
});

test('a proof as it was made before is still compared', () => {
  const doc = { salt: 'salt', hash: hashes.fast('salt', number), tail: hashes.fast('salt', '01904X') };
  for (const right of [number, '01904X']) expect(documentMatches(doc, right, hashes)).toBe(true);
  expect(documentMatches(doc, '019040', hashes)).toBe(false);
});
