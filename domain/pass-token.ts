import { decodeBase45, encodeBase45 } from './base45.ts';

/**
 * Token v1: what a pass says, signed with Ed25519 by the worker, and by `web` again for each time
 * step. Nothing personal. Big-endian; instants are whole seconds since 1970, UTC.
 *
 * | byte | length | field                                                       |
 * |-----:|-------:|-------------------------------------------------------------|
 * |    0 |      1 | version, 1                                                  |
 * |    1 |      1 | form: 1 renewed, 2 static (3 is kept for *bound*)           |
 * |    2 |      2 | id of the pass key                                          |
 * |    4 |     16 | reservation, the uuid                                       |
 * |   20 |      2 | ordinal; vehicles from 0x8000                               |
 * |   22 |      2 | pass version                                                |
 * |   24 |      2 | number of the campus                                        |
 * |   26 |      8 | gates: bit n stands for gate number n of that campus        |
 * |   34 |      4 | valid from                                                  |
 * |   38 |      4 | valid until (exclusive)                                     |
 * |   42 |      4 | issued                                                      |
 * |   46 |      2 | 0, reserved                                                 |
 * |   48 |     64 | Ed25519 of bytes 0–47 with the pass key                     |
 * |  112 |      2 | id of the renewal key           ─┐                          |
 * |  114 |      4 | time step, see renewal.ts        │ only in a renewed token  |
 * |  118 |     64 | Ed25519 with the renewal key of ─┘                          |
 * |      |        | "xm-renew" ‖ sha256(bytes 0–111) ‖ step (4 bytes)           |
 */

const payloadLength = 48;
const signatureLength = 64;
/** What the worker signs and keeps. */
export const passLength = payloadLength + signatureLength;
/** What a phone shows. */
export const renewedLength = passLength + 2 + 4 + signatureLength;
const prefix = 'XM1:';

const forms = { renewed: 1, static: 2 } as const;
export type PassForm = keyof typeof forms;

export interface PassClaims {
  form: PassForm;
  keyId: number;
  /** uuid */
  reservation: string;
  ordinal: number;
  version: number;
  /** `campus.number` */
  campus: number;
  /** See gates-bitmap.ts. */
  gates: bigint;
  /** Epoch milliseconds of whole seconds. */
  from: number;
  until: number;
  issued: number;
}

export type KeyUse = 'pass' | 'renewal';
export type Sign = (message: Uint8Array) => Uint8Array;
/** False also when there is no key of that id for that use. */
export type Verify = (use: KeyUse, keyId: number, message: Uint8Array, signature: Uint8Array) => boolean;
export type Digest = (message: Uint8Array) => Uint8Array;

/** The 48 signed bytes. A window is widened to whole seconds. @throws RangeError at a field that does not fit */
export function encodeClaims(claims: PassClaims): Uint8Array {
  const bytes = new Uint8Array(payloadLength);
  const view = new DataView(bytes.buffer);
  bytes[0] = 1;
  bytes[1] = forms[claims.form];
  view.setUint16(2, within(claims.keyId, 0xffff));
  bytes.set(uuidBytes(claims.reservation), 4);
  view.setUint16(20, within(claims.ordinal, 0xffff));
  view.setUint16(22, within(claims.version, 0xffff));
  view.setUint16(24, within(claims.campus, 0xffff));
  view.setBigUint64(26, claims.gates);
  view.setUint32(34, within(Math.floor(claims.from / 1000), 0xffffffff));
  view.setUint32(38, within(Math.ceil(claims.until / 1000), 0xffffffff));
  view.setUint32(42, within(Math.floor(claims.issued / 1000), 0xffffffff));
  return bytes;
}

/** The claims, whoever signed them; undefined when the bytes are no token of this version. */
export function decodeClaims(bytes: Uint8Array): PassClaims | undefined {
  if (bytes.length < payloadLength || bytes[0] !== 1) return undefined;
  const form = (Object.keys(forms) as PassForm[]).find((name) => forms[name] === bytes[1]);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!form || view.getUint16(46) !== 0) return undefined;
  return {
    form,
    keyId: view.getUint16(2),
    reservation: uuidText(bytes.subarray(4, 20)),
    ordinal: view.getUint16(20),
    version: view.getUint16(22),
    campus: view.getUint16(24),
    gates: view.getBigUint64(26),
    from: view.getUint32(34) * 1000,
    until: view.getUint32(38) * 1000,
    issued: view.getUint32(42) * 1000,
  };
}

/** The 112 bytes that the worker keeps: payload and signature. */
export function signPass(claims: PassClaims, sign: Sign): Uint8Array {
  const payload = encodeClaims(claims);
  return join(payload, sign(payload));
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
  return join(pass, head, renewal.sign(renewalMessage(pass, head.subarray(2), renewal.sha256)));
}

const renewalPrefix = new TextEncoder().encode('xm-renew');
const renewalMessage = (pass: Uint8Array, step: Uint8Array, sha256: Digest): Uint8Array =>
  join(renewalPrefix, sha256(pass), step);

/** What a QR code holds: `XM1:` and base45. */
export const toQrText = (token: Uint8Array): string => prefix + encodeBase45(token);

/**
 * The bytes in what a scanner read. Never trims: a space is a base45 digit. Full-width characters of an
 * input method and a scanner's line end are accepted. Undefined when it is no pass of ours.
 */
export function fromQrText(text: string): Uint8Array | undefined {
  const plain = text
    .normalize('NFKC')
    .replace(/[\r\n\t]+$/, '')
    .toUpperCase();
  return plain.startsWith(prefix) ? decodeBase45(plain.slice(prefix.length)) : undefined;
}

export interface ReadPass {
  claims: PassClaims;
  /** Whether the pass key signed the claims, and a renewal that is there is signed by a renewal key. */
  authentic: boolean;
  /** The step of an authentic renewal. */
  step?: number;
}

/** Reads and verifies; undefined when the bytes are no token of this version. */
export function readPass(token: Uint8Array, crypto: { verify: Verify; sha256: Digest }): ReadPass | undefined {
  if (token.length !== passLength && token.length !== renewedLength) return undefined;
  const claims = decodeClaims(token);
  if (!claims) return undefined;
  const pass = token.subarray(0, passLength);
  const signature = pass.subarray(payloadLength);
  if (!crypto.verify('pass', claims.keyId, pass.subarray(0, payloadLength), signature)) {
    return { claims, authentic: false };
  }
  if (token.length === passLength) return { claims, authentic: true };

  const view = new DataView(token.buffer, token.byteOffset, token.byteLength);
  const message = renewalMessage(pass, token.subarray(114, 118), crypto.sha256);
  if (!crypto.verify('renewal', view.getUint16(112), message, token.subarray(118))) return { claims, authentic: false };
  return { claims, authentic: true, step: view.getUint32(114) };
}

function uuidBytes(uuid: string): Uint8Array {
  const digits = uuid.replaceAll('-', '');
  if (!/^[0-9a-f]{32}$/i.test(digits)) throw new RangeError('Not a uuid');
  return Uint8Array.from({ length: 16 }, (_, index) => Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16));
}

function uuidText(bytes: Uint8Array): string {
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function within(value: number, most: number): number {
  if (!Number.isInteger(value) || value < 0 || value > most) throw new RangeError('Does not fit into a pass');
  return value;
}

function join(...parts: Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
