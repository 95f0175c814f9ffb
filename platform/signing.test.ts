import { webcrypto } from 'node:crypto';
import { expect, it } from 'vitest';
import { generatePair } from './key-making.ts';
import { createSigner, createVerifier, isPhoneKey, verifyPhone } from './signing.ts';

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

it('a browser’s signature with a key of its own is valid for its bytes and its key only', async () => {
  const { subtle } = webcrypto;
  const makePhone = async () => {
    const pair = await subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
    const point = new Uint8Array(await subtle.exportKey('raw', pair.publicKey));
    return { pair, key: Uint8Array.from([2 + ((point[64] ?? 0) & 1), ...point.subarray(1, 33)]) };
  };
  const [phone, other] = [await makePhone(), await makePhone()];
  const bytes = Buffer.from('step');
  const made = await subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, phone.pair.privateKey, bytes);
  const signature = new Uint8Array(made);
  expect(verifyPhone(phone.key, bytes, signature)).toBe(true);
  expect(verifyPhone(phone.key, Buffer.from('stop'), signature)).toBe(false);
  expect(verifyPhone(other.key, bytes, signature)).toBe(false);
  expect(verifyPhone(phone.key, bytes, signature.subarray(1))).toBe(false);
  expect(verifyPhone(new Uint8Array(33), bytes, signature)).toBe(false);
  expect([phone.key, new Uint8Array(33), phone.key.subarray(1)].map(isPhoneKey)).toEqual([true, false, false]);
});
