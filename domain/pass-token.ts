import { decodeBase45, encodeBase45 } from './base45.ts';
import { decodeClaims, encodeClaims, type PassClaims, payloadLength, within } from './pass-claims.ts';
import { readingsOf } from './scanned-text.ts';

export { decodeClaims, encodeClaims, type PassClaims, type PassForm } from './pass-claims.ts';

/**
 * Token v1: the claims of a pass (pass-claims.ts), signed with Ed25519 by the worker, and signed again for each time
 * step (renewal.ts): by `web`, or by the phone that the pass is bound to.
 *
 * | byte | length | renewed, static              | byte | length | bound                                |
 * |-----:|-------:|------------------------------|-----:|-------:|--------------------------------------|
 * |    0 |     48 | claims                       |    0 |     48 | claims                               |
 * |   48 |     64 | Ed25519 of them, pass key    |   48 |     33 | the phone's P-256 key, compressed    |
 * |      |        |                              |   81 |     64 | Ed25519 of both, pass key            |
 * |  112 |      2 | id of the renewal key ─┐     |      |        |                                      |
 * |  114 |      4 | time step, renewed only│     |  145 |      4 | time step                            |
 * |  118 |     64 | Ed25519 of            ─┘     |  149 |     64 | ECDSA P-256/SHA-256, r ‖ s, of       |
 * |      |        | "xm-renew" ‖ sha256(bytes    |      |        | "xm-bound" ‖ sha256(bytes 0–144)     |
 * |      |        | 0–111) ‖ step                |      |        | ‖ step                               |
 *
 * The four lengths – 112, 182, 145, 213 – differ, and each belongs to its forms only.
 */

const signatureLength = 64;
const phoneKeyLength = 33;
/** What the worker signs and keeps of a renewed or static pass. */
export const passLength = payloadLength + signatureLength;
/** What a phone shows of a renewed one. */
export const renewedLength = passLength + 2 + 4 + signatureLength;
/** What the worker signs and keeps of a pass that is bound to a phone. */
export const boundLength = payloadLength + phoneKeyLength + signatureLength;
/** What that phone shows. */
export const shownBoundLength = boundLength + 4 + signatureLength;
const prefix = 'XM1:';

export type KeyUse = 'pass' | 'renewal';
export type Sign = (message: Uint8Array) => Uint8Array;
/** False also when there is no key of that id for that use. */
export type Verify = (use: KeyUse, keyId: number, message: Uint8Array, signature: Uint8Array) => boolean;
/** ECDSA P-256 with SHA-256. @param publicKey compressed point, 33 bytes @param signature r ‖ s, 64 bytes (IEEE P1363) */
export type VerifyPhone = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;
export type Digest = (message: Uint8Array) => Uint8Array;

/** The 112 bytes that the worker keeps: payload and signature. */
export function signPass(claims: PassClaims, sign: Sign): Uint8Array {
  const payload = encodeClaims(claims);
  return join(payload, sign(payload));
}

/** The same pass for paper and saved pictures: 112 bytes that open only together with the document. */
export const signStaticPass = (claims: PassClaims, sign: Sign): Uint8Array =>
  signPass({ ...claims, form: 'static' }, sign);

/**
 * The 145 bytes of a pass that is good only together with its phone's signature.
 * @param publicKey compressed P-256 point, 33 bytes; that it lies on the curve is the caller's to check
 */
export function signBoundPass(claims: PassClaims, publicKey: Uint8Array, sign: Sign): Uint8Array {
  if (publicKey.length !== phoneKeyLength) throw new RangeError('Not a compressed P-256 key');
  const signed = join(encodeClaims({ ...claims, form: 'bound' }), publicKey);
  return join(signed, sign(signed));
}

/** The 182 bytes that a phone shows during one step. */
export function renewPass(
  pass: Uint8Array,
  renewal: { keyId: number; step: number; sign: Sign; sha256: Digest },
): Uint8Array {
  if (pass.length !== passLength) throw new RangeError('Not a signed pass');
  const head = new Uint8Array(6);
  const view = new DataView(head.buffer);
  view.setUint16(0, within(renewal.keyId, 0xffff));
  view.setUint32(2, within(renewal.step, 0xffffffff));
  return join(pass, head, renewal.sign(stepMessage('xm-renew', pass, head.subarray(2), renewal.sha256)));
}

/** The 213 bytes that a bound phone shows during one step; web/public/pass.js makes the same in a browser. */
export function showBoundPass(
  pass: Uint8Array,
  { step, sign, sha256 }: { step: number; sign: Sign; sha256: Digest },
): Uint8Array {
  if (pass.length !== boundLength) throw new RangeError('Not a bound pass');
  const head = new Uint8Array(4);
  new DataView(head.buffer).setUint32(0, within(step, 0xffffffff));
  return join(pass, head, sign(stepMessage('xm-bound', pass, head, sha256)));
}

/** The compressed key of the phone that a bound pass belongs to; undefined for a pass of another form. */
export const phoneKeyOf = (pass: Uint8Array): Uint8Array | undefined =>
  pass.length === boundLength ? pass.subarray(payloadLength, payloadLength + phoneKeyLength) : undefined;

const stepMessage = (
  purpose: 'xm-renew' | 'xm-bound',
  pass: Uint8Array,
  step: Uint8Array,
  sha256: Digest,
): Uint8Array => join(new TextEncoder().encode(purpose), sha256(pass), step);

/** What a QR code holds: `XM1:` and base45. */
export const toQrText = (token: Uint8Array): string => prefix + encodeBase45(token);

/**
 * The bytes in what a scanner read, one for each likely reading of it (scanned-text.ts): a signature tells which is right.
 * The first characters may be lost: the prefix tells only what it is.
 */
export const tokensIn = (text: string): Uint8Array[] =>
  readingsOf(text).flatMap((reading) => {
    const [lead] = /^(?:XM1|M1|1|):/.exec(reading) ?? [];
    const token = lead === undefined ? undefined : decodeBase45(reading.slice(lead.length));
    return token === undefined ? [] : [token];
  });

/** The likeliest of `tokensIn`; undefined when it is no pass of ours. */
export const fromQrText = (text: string): Uint8Array | undefined => tokensIn(text)[0];

export interface ReadPass {
  claims: PassClaims;
  /** Whether the pass key signed it in this form, and a step, where there is one, is signed by the key that the form wants. */
  authentic: boolean;
  /** The step of an authentic renewal, by `web` or by the bound phone. */
  step?: number;
}

export interface PassCrypto {
  verify: Verify;
  verifyPhone: VerifyPhone;
  sha256: Digest;
}

/** Reads and verifies; undefined when the bytes are no token of this version. */
export function readPass(token: Uint8Array, crypto: PassCrypto): ReadPass | undefined {
  if (![passLength, renewedLength, boundLength, shownBoundLength].includes(token.length)) return undefined;
  const claims = decodeClaims(token);
  if (!claims) return undefined;
  const kept = claims.form === 'bound' ? boundLength : passLength;
  const shown = { renewed: renewedLength, static: passLength, bound: shownBoundLength }[claims.form];
  if (token.length !== kept && token.length !== shown) return { claims, authentic: false };

  const pass = token.subarray(0, kept);
  const signed = pass.subarray(0, -signatureLength);
  if (!crypto.verify('pass', claims.keyId, signed, pass.subarray(-signatureLength)))
    return { claims, authentic: false };
  if (token.length === kept) return { claims, authentic: true };

  const step = token.subarray(-signatureLength - 4, -signatureLength);
  if (!isStepSigned(token, pass, step, crypto)) return { claims, authentic: false };
  return { claims, authentic: true, step: viewOf(step).getUint32(0) };
}

function isStepSigned(token: Uint8Array, pass: Uint8Array, step: Uint8Array, crypto: PassCrypto): boolean {
  const signature = token.subarray(-signatureLength);
  const phone = phoneKeyOf(pass);
  if (phone) return crypto.verifyPhone(phone, stepMessage('xm-bound', pass, step, crypto.sha256), signature);
  const keyId = viewOf(token).getUint16(passLength);
  return crypto.verify('renewal', keyId, stepMessage('xm-renew', pass, step, crypto.sha256), signature);
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function join(...parts: Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
