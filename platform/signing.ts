import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';

/** Ed25519 with raw 32-byte public keys, as rows and trust files hold them. */

/** SubjectPublicKeyInfo before the 32 raw bytes (RFC 8410). */
const prefixes = {
  ed25519: Buffer.from('302a300506032b6570032100', 'hex'),
  x25519: Buffer.from('302a300506032b656e032100', 'hex'),
} as const;

export function publicKeyFromRaw(type: keyof typeof prefixes, raw: Uint8Array): KeyObject {
  if (raw.length !== 32) throw new Error(`A raw ${type} key has 32 bytes`);
  return createPublicKey({ key: Buffer.concat([prefixes[type], raw]), format: 'der', type: 'spki' });
}

/** The last 32 bytes of the DER form of an Ed25519 or X25519 public key. */
export function rawPublicKey(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(-32);
}

export type Signer = (bytes: Uint8Array) => Buffer;
/** False for a wrong signature of any length; never throws for one. */
export type Verifier = (bytes: Uint8Array, signature: Uint8Array) => boolean;

/** @param privatePem PKCS #8 */
export function createSigner(privatePem: string): Signer {
  const key = createPrivateKey(privatePem);
  return (bytes) => sign(null, bytes, key);
}

/** @param publicRaw 32 bytes */
export function createVerifier(publicRaw: Uint8Array): Verifier {
  const key = publicKeyFromRaw('ed25519', publicRaw);
  return (bytes, signature) => signature.length === 64 && verify(null, bytes, key, signature);
}
