import { dropIdle, dropUnseen, unifyMarks } from './characters.ts';

/** What people type: brought into one form before it is checked or compared. */

/**
 * For identifiers: NFKC (full-width becomes half-width), upper case, without what is unseen, quotation marks, `·`, `-`,
 * dashes and spaces. The last place of a resident ID is X also where it was typed as a cross.
 */
export const normaliseIdentifier = (text: string): string =>
  dropUnseen(text)
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s·•‧・\-‐‑–—−∙⋅'‘’`"“”]/gu, '')
    .replace(/(?<=^\d{17})[×✕✖ХΧ]$/u, 'X');

/** For lines: NFKC, nothing idle, no spaces at the ends, inner runs of spaces as one. */
export const normaliseLine = (text: string): string => dropIdle(text).normalize('NFKC').trim().replace(/\s+/gu, ' ');

/** For names as they are kept: a line, its marks in their one form. */
export const normaliseName = (text: string): string => normaliseLine(unifyMarks(text));

/** By which two names are the same person's, however they were typed: upper case, without dots, hyphens and spaces. */
export const foldName = (name: string): string =>
  // A plain apostrophe, as most hashes in the database were made of.
  dropUnseen(normaliseName(name))
    .toUpperCase()
    .replace(/[\s·-]/gu, '')
    .replaceAll('’', "'");

/** For free text of several lines: NFC, one kind of line end, tabs as spaces, nothing idle, no spaces at the ends. */
export const normaliseText = (text: string): string =>
  dropIdle(text)
    .normalize('NFC')
    .replace(/\r\n?|[\v\u0085\u2028\u2029]/gu, '\n')
    .replaceAll('\t', ' ')
    .trim();

/** For a word that is looked for among others: a line in small letters, nothing unseen. */
export const searchWord = (text: string): string => dropUnseen(normaliseLine(text)).toLowerCase();

/** Characters that show nothing or whose meaning nobody knows: controls, separators of lines, private use. */
const hidden = /[\p{Cc}\p{Co}\p{Cs}\p{Cn}\u2028\u2029]/u;

export type TextProblem = 'empty' | 'long' | 'characters';
/** `private`: a character that one system alone knows. */
export type NameProblem = TextProblem | 'private';

/** Length counts code points. */
export function findTextProblem(
  text: string,
  rules: { max: number; required?: boolean; lines?: boolean },
): TextProblem | undefined {
  if (text === '') return rules.required ? 'empty' : undefined;
  if ([...text].length > rules.max) return 'long';
  const isHidden = hidden.test(rules.lines ? text.replaceAll('\n', '') : text) || dropIdle(text) !== text;
  return isHidden ? 'characters' : undefined;
}

/** The longest name accepted, in code points; the longest real names on Chinese documents stay below. */
export const nameLength = 50;

/**
 * What is wrong with a normalised name; undefined when it is one.
 * Letters of any script and 〇, with marks, spaces and `· . ’ - ( )` between them: no digits, no emoji.
 */
export function checkName(name: string, max = nameLength): NameProblem | undefined {
  const problem = findTextProblem(name, { max, required: true });
  if (problem) return problem === 'characters' && /\p{Co}/u.test(name) ? 'private' : problem;
  return /^[\p{L}〇][\p{L}\p{M}〇·•.,'’()\- \u200c\u200d]*$/u.test(name) ? undefined : 'characters';
}

/** The same as the catalogue key of a sentence. */
export function findNameProblem(name: string): string | undefined {
  const problem = checkName(name);
  return problem && `field.name_${problem}`;
}
