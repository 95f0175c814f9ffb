import { checkCharacter, encodeBits, isCrockford, normaliseCrockford } from './crockford.ts';

/**
 * 入校码, the gate code: what a visitor says or types when no QR can be read. Eight characters, the
 * last a check. Alone it answers `id_required`.
 */

const length = 8;

/** How many random bytes a code needs. */
export const gateCodeBytes = 5;

/** @param random `gateCodeBytes` bytes from a cryptographic source; 35 of their bits are used. */
export function makeGateCode(random: Uint8Array): string {
  const body = encodeBits(random, length - 1);
  return body + checkCharacter(body);
}

/** The canonical code in what was typed or scanned; undefined when it is none. */
export function readGateCode(text: string): string | undefined {
  const code = normaliseCrockford(text);
  if (code.length !== length || !isCrockford(code)) return undefined;
  return checkCharacter(code.slice(0, -1)) === code.at(-1) ? code : undefined;
}

/** 'ABCD-EFGH', as it is shown. */
export const showGateCode = (code: string): string => `${code.slice(0, 4)}-${code.slice(4)}`;
