import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { publicKeyFromRaw, rawPublicKey } from './signing.ts';

/**
 * Bytes that only the holder of one X25519 key can read: ephemeral ECDH, HKDF-SHA256, AES-256-GCM.
 * `[alg 1][ephemeral public 32][iv 12][tag 16][ciphertext]`; alg 1 is this one.
 */

const X25519_AES_256_GCM = 1;
const headerLength = 1 + 32;

function deriveKey(secret: Buffer, ephemeral: Buffer, recipient: Buffer, context: string): Buffer {
  const salt = Buffer.concat([ephemeral, recipient]);
  return Buffer.from(hkdfSync('sha256', secret, salt, `xiaomen sealed v1\0${context}`, 32));
}

/**
 * @param recipient raw 32-byte X25519 public key
 * @param context what the bytes are for (for example `feed/south/17`); the reader must name the same
 */
export function sealTo(recipient: Uint8Array, bytes: Uint8Array, context: string): Buffer {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  const ephemeral = rawPublicKey(publicKey);
  const secret = diffieHellman({ privateKey, publicKey: publicKeyFromRaw('x25519', recipient) });
  const key = deriveKey(secret, ephemeral, Buffer.from(recipient), context);
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const sealed = Buffer.concat([cipher.update(bytes), cipher.final()]);
  return Buffer.concat([Buffer.from([X25519_AES_256_GCM]), ephemeral, iv, cipher.getAuthTag(), sealed]);
}

/** @throws Error when changed, meant for another key, or sealed for another context. */
export function openSealed(recipient: string | KeyObject, data: Uint8Array, context: string): Buffer {
  const bytes = Buffer.from(data);
  if (bytes[0] !== X25519_AES_256_GCM || bytes.length < headerLength + 28) throw new Error('Not sealed bytes');
  const privateKey = typeof recipient === 'string' ? createPrivateKey(recipient) : recipient;
  const ephemeral = bytes.subarray(1, headerLength);
  const secret = diffieHellman({ privateKey, publicKey: publicKeyFromRaw('x25519', ephemeral) });
  const key = deriveKey(secret, ephemeral, rawPublicKey(createPublicKey(privateKey)), context);
  const iv = bytes.subarray(headerLength, headerLength + 12);
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: 16 });
  decipher.setAuthTag(bytes.subarray(headerLength + 12, headerLength + 28));
  return Buffer.concat([decipher.update(bytes.subarray(headerLength + 28)), decipher.final()]);
}

/** Whether anything can be sealed to these 32 bytes: some are no point of the curve that keeps a secret. */
export function canBeSealedTo(recipient: Uint8Array): boolean {
  try {
    sealTo(recipient, Buffer.alloc(1), 'a trial');
    return true;
  } catch {
    return false;
  }
}
