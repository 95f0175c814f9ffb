import { normaliseIdentifier } from './text.ts';
import { dayOf, type Instant, isRealDay } from './time.ts';

/** Identity documents: what their numbers must look like, and what a number says about its holder. */

export const documentTypes = ['resident_id', 'passport'] as const;
export type DocumentType = (typeof documentTypes)[number];
export type Sex = 'male' | 'female';

export type DocumentCheck =
  | { ok: true; number: string; birthDay?: string; sex?: Sex }
  | { ok: false; number: string; problem: DocumentProblem };

/** Catalogue keys of what may be wrong with a number. */
export type DocumentProblem =
  | 'field.document_empty'
  | 'field.document_format'
  | 'field.document_province'
  | 'field.document_date'
  | 'field.document_future'
  | 'field.document_check'
  | 'field.passport_format';

/** Normalises and checks a number of the given kind. `now` tells whether a birth date lies in the future. */
export function checkDocument(type: DocumentType, text: string, now: Instant): DocumentCheck {
  const number = normaliseIdentifier(text);
  if (number === '') return { ok: false, number, problem: 'field.document_empty' };
  return type === 'resident_id' ? checkResidentId(number, now) : checkPassport(number);
}

/**
 * GB 11643-1999: 6 region, 8 date, 3 sequence (odd = male), check digit. The same shape carries the
 * residence permits of Hong Kong, Macao and Taiwan residents (regions 81, 82, 83) and the 2023 identity
 * card of foreign permanent residents: `9`, 2 province, 3 nationality, then as before.
 */
function checkResidentId(number: string, now: Instant): DocumentCheck {
  const refuse = (problem: DocumentProblem): DocumentCheck => ({ ok: false, number, problem });
  if (!/^\d{17}[\dX]$/.test(number)) return refuse('field.document_format');
  const foreign = number.startsWith('9');
  if (!provinces.has(foreign ? number.slice(1, 3) : number.slice(0, 2))) return refuse('field.document_province');
  const birthDay = `${number.slice(6, 10)}-${number.slice(10, 12)}-${number.slice(12, 14)}`;
  if (!isRealDay(birthDay) || birthDay < earliestBirth) return refuse('field.document_date');
  if (birthDay > dayOf(now)) return refuse('field.document_future');
  if (checkDigit(number) !== number[17]) return refuse('field.document_check');
  return { ok: true, number, birthDay, sex: Number(number[16]) % 2 === 1 ? 'male' : 'female' };
}

/** Province parts of GB/T 2260, with 83 for residence permits of Taiwan residents. */
const provinces = new Set(
  '11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83'.split(' '),
);

/** Nobody alive was born before; an earlier year is a slip of the finger. */
const earliestBirth = '1900-01-01';

const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** The check character over the first 17 digits: ISO 7064 MOD 11-2 as GB 11643 tabulates it. */
export function checkDigit(number: string): string {
  const sum = weights.reduce((total, weight, index) => total + weight * Number(number[index]), 0);
  return '10X98765432'.charAt(sum % 11);
}

/** Any state's passport; the Chinese forms are among them. */
function checkPassport(number: string): DocumentCheck {
  const known = isChinesePassport(number) || /^[A-Z0-9]{5,15}$/.test(number);
  return known ? { ok: true, number } : { ok: false, number, problem: 'field.passport_format' };
}

/** Ordinary (E and 8 digits, or E, a letter without I and O, 7 digits), diplomatic, service and older ones. */
export const isChinesePassport = (number: string): boolean => /^(?:E\d{8}|E[A-HJ-NP-Z]\d{7}|[DSPG]\d{8})$/.test(number);
