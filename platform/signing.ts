import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';

/**
 * Ed25519 with raw 32-byte public keys, as rows and trust files hold them; of a phone's P-256 key only the check, since
 * its private half never leaves the phone.
 */

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

/** SubjectPublicKeyInfo before a compressed P-256 point (RFC 5480). */
const compressedP256 = Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex');

/** @param compressed 33 bytes. Undefined when they are no point of the curve. */
function phoneKey(compressed: Uint8Array): KeyObject | undefined {
  if (compressed.length !== 33) return undefined;
  try {
    return createPublicKey({ key: Buffer.concat([compressedP256, compressed]), format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}

export const isPhoneKey = (compressed: Uint8Array): boolean => phoneKey(compressed) !== undefined;

/**
 * ECDSA P-256 with SHA-256 as WebCrypto makes it: r ‖ s, 64 bytes (IEEE P1363). False for a wrong signature or key of any
 * length; never throws for one.
 * @param compressed the phone's public key, 33 bytes
 */
export function verifyPhone(compressed: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
  const key = phoneKey(compressed);
  return (
    key !== undefined &&
    signature.length === 64 &&
    verify('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }, signature)
  );
}
