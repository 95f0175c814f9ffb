/**
 * What a pass says: 48 bytes. Nothing personal. Big-endian; instants are whole seconds since 1970, UTC.
 *
 * | byte | length | field                                                       |
 * |-----:|-------:|-------------------------------------------------------------|
 * |    0 |      1 | version, 1                                                  |
 * |    1 |      1 | form: 1 renewed, 2 static, 3 bound                          |
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
 */

export const payloadLength = 48;

/**
 * `renewed`: `web` signs each time step. `bound`: the phone does, with a key that never leaves it. `static`: paper or a
 * saved picture, good only together with the document.
 */
const forms = { renewed: 1, static: 2, bound: 3 } as const;
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

/** The claims, without a check of their signature; undefined when the bytes are no token of this version. */
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

function uuidBytes(uuid: string): Uint8Array {
  const digits = uuid.replaceAll('-', '');
  if (!/^[0-9a-f]{32}$/i.test(digits)) throw new RangeError('Not a uuid');
  return Uint8Array.from({ length: 16 }, (_, index) => Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16));
}

function uuidText(bytes: Uint8Array): string {
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** @throws RangeError when it does not fit */
export function within(value: number, most: number): number {
  if (!Number.isInteger(value) || value < 0 || value > most) throw new RangeError('Does not fit into a pass');
  return value;
}
