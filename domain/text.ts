/** What people type: brought into one form before it is checked or compared. */

/** For identifiers: NFKC (full-width becomes half-width), upper case, without `·`, `-`, dashes and spaces. */
export const normaliseIdentifier = (text: string): string =>
  text
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s·•‧・\-‐‑–—]/gu, '');

/** For names and lines: NFKC, no spaces at the ends, inner runs of spaces as one. */
export const normaliseLine = (text: string): string => text.normalize('NFKC').trim().replace(/\s+/gu, ' ');

/** For free text of several lines: NFC, one kind of line end, no spaces at the ends. */
export const normaliseText = (text: string): string => text.normalize('NFC').replace(/\r\n?/g, '\n').trim();

/** Characters that show nothing or turn the text around: controls, bidi marks and overrides, zero widths, private use. */
const hidden = /[\p{Cc}\p{Co}\p{Cs}\p{Cn}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u;

export type TextProblem = 'empty' | 'long' | 'characters';

/** Length counts code points. */
export function findTextProblem(
  text: string,
  rules: { max: number; required?: boolean; lines?: boolean },
): TextProblem | undefined {
  if (text === '') return rules.required ? 'empty' : undefined;
  if ([...text].length > rules.max) return 'long';
  return hidden.test(rules.lines ? text.replaceAll('\n', '') : text) ? 'characters' : undefined;
}

/** The longest name accepted, in code points; the longest real names on Chinese documents stay below. */
export const nameLength = 50;

/**
 * What is wrong with a normalised name; undefined when it is one.
 * Letters of any script, with marks, spaces and `· . ' - ( )` between them: no digits, no emoji.
 */
export function checkName(name: string, max = nameLength): TextProblem | undefined {
  const problem = findTextProblem(name, { max, required: true });
  if (problem) return problem;
  return /^\p{L}[\p{L}\p{M}·•.,'’()\- ]*$/u.test(name) ? undefined : 'characters';
}

/** The same as the catalogue key of a sentence. */
export function findNameProblem(name: string): string | undefined {
  const problem = checkName(name);
  return problem && `field.name_${problem}`;
}
