import { dropUnseen } from './characters.ts';

/**
 * Crockford's base32: digits and letters without I, L, O, U, so that a code can be read aloud.
 * His check symbol needs five more signs that no keypad has; ours is one of the same 32, a weighted
 * sum over GF(32), which finds every single changed character and every swap of two.
 */

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The first `length` groups of five bits, most significant first. */
export function encodeBits(bytes: Uint8Array, length: number): string {
  if (bytes.length * 8 < length * 5) throw new RangeError('Too few bytes for so many characters');
  let text = '';
  let bits = 0;
  let waiting = 0;
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    waiting += 8;
    while (waiting >= 5 && text.length < length) {
      waiting -= 5;
      text += alphabet.charAt((bits >> waiting) & 31);
    }
    bits &= (1 << waiting) - 1;
  }
  return text;
}

/** Upper case, half-width, without separators; O reads as 0, I and L as 1. */
export const normaliseCrockford = (text: string): string =>
  dropUnseen(text)
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s\-‐‑‒–—−·]/gu, '')
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1');

/** The check character of a text in the alphabet. @throws RangeError at a character outside it */
export function checkCharacter(text: string): string {
  let sum = 0;
  for (const character of text) {
    const value = alphabet.indexOf(character);
    if (value < 0) throw new RangeError('Not Crockford base32');
    sum = double(sum) ^ value;
  }
  return alphabet.charAt(double(sum));
}

/** So many characters, the last a check. @param random bytes from a cryptographic source, enough for the others */
export function makeChecked(random: Uint8Array, length: number): string {
  const body = encodeBits(random, length - 1);
  return body + checkCharacter(body);
}

/** The canonical code of so many characters in what was typed or scanned; undefined when it is none. */
export function readChecked(text: string, length: number): string | undefined {
  const code = normaliseCrockford(text);
  if (code.length !== length || !isCrockford(code)) return undefined;
  return checkCharacter(code.slice(0, -1)) === code.at(-1) ? code : undefined;
}

export const isCrockford = (text: string): boolean => [...text].every((character) => alphabet.includes(character));

/** Times x in GF(32) = GF(2)[x] / (x⁵ + x² + 1), whose powers of x are all different up to the 31st. */
function double(value: number): number {
  const doubled = value << 1;
  return doubled & 32 ? doubled ^ 0b100101 : doubled;
}
