import { makeChecked, readChecked } from './crockford.ts';

/**
 * 入校码, the gate code: what a visitor says or types when no QR can be read. Eight characters, the
 * last a check. Alone it answers `id_required`.
 */

const length = 8;

/** How many random bytes a code needs. */
export const gateCodeBytes = 5;

/** @param random `gateCodeBytes` bytes from a cryptographic source; 35 of their bits are used. */
export const makeGateCode = (random: Uint8Array): string => makeChecked(random, length);

/** The canonical code in what was typed or scanned; undefined when it is none. */
export const readGateCode = (text: string): string | undefined => readChecked(text, length);

/** 'ABCD-EFGH', as it is shown. */
export const showGateCode = (code: string): string => `${code.slice(0, 4)}-${code.slice(4)}`;
