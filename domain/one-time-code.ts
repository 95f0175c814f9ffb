import { dropUnseen } from './characters.ts';

/** A code of six digits, as a text message brings it. */

/**
 * The six digits in what was typed, pasted or filled in: alone, with spaces between them, twice, or anywhere in a sentence.
 * What holds none, or two different ones, comes back without its spaces: it is wrong, or another kind of code.
 */
export function codeIn(text: string): string {
  const plain = dropUnseen(text).normalize('NFKC');
  const compact = plain.replace(/\s/g, '');
  if (/^\d{6}$/.test(compact)) return compact;
  const whole = plain.match(/(?<!\d)(\d{6})(?:\1)?(?!\d)/g) ?? [];
  const spaced = plain.match(/(?<!\d[ -]?)\d{2,4}[ -]\d{2,4}(?![ -]?\d)/g) ?? [];
  const found = new Set(
    [...whole, ...(whole.length > 0 ? [] : spaced)].map((one) => one.replace(/[ -]/g, '').slice(0, 6)),
  );
  const [first = ''] = found;
  return found.size === 1 && first.length === 6 ? first : compact;
}
