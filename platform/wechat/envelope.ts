import { createCipheriv, createDecipheriv, createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * WeChat's callback signature and encrypted mode: AES-256-CBC, IV = the key's first 16 bytes,
 * plain = 16 random bytes, uint32 length, XML, app id; PKCS #7 with blocks of 32, so Node's own padding is off.
 */

export function signatureOf(...parts: string[]): string {
  return createHash('sha1').update(parts.sort().join('')).digest('hex');
}

export function sameSignature(given: string | undefined, wanted: string): boolean {
  if (given === undefined) return false;
  const left = Buffer.from(given);
  const right = Buffer.from(wanted);
  return left.length === right.length && timingSafeEqual(left, right);
}

/** The XML inside, or undefined when it was not made for this app with this key. */
export function openEnvelope(encodingAesKey: string, appId: string, encrypted: string): string | undefined {
  const key = Buffer.from(`${encodingAesKey}=`, 'base64');
  const sealed = Buffer.from(encrypted, 'base64');
  if (sealed.length < 32 || sealed.length % 16 !== 0) return undefined;
  const decipher = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  const padded = Buffer.concat([decipher.update(sealed), decipher.final()]);
  const padding = padded.at(-1) ?? 0;
  if (padding < 1 || padding > 32 || padding > padded.length) return undefined;
  if (!padded.subarray(-padding).every((byte) => byte === padding)) return undefined;
  const plain = padded.subarray(0, -padding);
  if (plain.length < 20) return undefined;
  const length = plain.readUInt32BE(16);
  if (20 + length > plain.length) return undefined;
  if (plain.subarray(20 + length).toString('utf8') !== appId) return undefined;
  return plain.subarray(20, 20 + length).toString('utf8');
}

export interface Signed {
  signature: string | undefined;
  timestamp: string | undefined;
  nonce: string | undefined;
}

/** What stands in an envelope that was signed with this token, or undefined: it is not from there. */
export function openSigned(
  { token, aesKey, receiver }: { token: string; aesKey: string; receiver: string },
  { signature, timestamp, nonce }: Signed,
  encrypted: string | undefined,
): string | undefined {
  if (!encrypted || !timestamp || !nonce) return undefined;
  if (!sameSignature(signature, signatureOf(token, timestamp, nonce, encrypted))) return undefined;
  return openEnvelope(aesKey, receiver, encrypted);
}

/** In plain mode the signature does not cover the body: an old one must not serve again. */
const freshFor = 10 * 60_000;

/** @param timestamp seconds since 1970 */
export const isFresh = (timestamp: string | undefined): boolean =>
  Math.abs(Date.now() - Number(timestamp) * 1000) <= freshFor;

/** The other way round, for an answer to WeChat. Base64. */
export function sealEnvelope(encodingAesKey: string, appId: string, xml: string): string {
  const key = Buffer.from(`${encodingAesKey}=`, 'base64');
  const text = Buffer.from(xml);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  const plain = Buffer.concat([randomBytes(16), length, text, Buffer.from(appId)]);
  const padding = 32 - (plain.length % 32);
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  return Buffer.concat([cipher.update(plain), cipher.update(Buffer.alloc(padding, padding)), cipher.final()]).toString(
    'base64',
  );
}
