import { expect, it } from 'vitest';
import { generatePair } from './key-making.ts';
import { createSigner, createVerifier } from './signing.ts';

it('a signature holds for its bytes and its key only', () => {
  const pair = generatePair('ed25519');
  const verify = createVerifier(Buffer.from(pair.public, 'base64'));
  const bytes = Buffer.from('pass');
  const signature = createSigner(pair.private)(bytes);
  expect(signature).toHaveLength(64);
  expect(verify(bytes, signature)).toBe(true);
  expect(verify(Buffer.from('past'), signature)).toBe(false);
  expect(verify(bytes, signature.subarray(1))).toBe(false);
  expect(createVerifier(Buffer.from(generatePair('ed25519').public, 'base64'))(bytes, signature)).toBe(false);
});
