import { countryOfNumber, isCountry } from './country.ts';
import { normaliseIdentifier } from './text.ts';
import { dayOf, type Instant, isRealDay } from './time.ts';

/** Identity documents: what their numbers must look like, and what a number says about its holder. */

/** In the order in which a form offers them. */
export const documentTypes = [
  'resident_id',
  'passport',
  'hm_permit',
  'taiwan_permit',
  'hmt_residence',
  'foreign_permanent',
  /** No document of the above, or none at all: the approver compares by hand. */
  'other',
] as const;
export type DocumentType = (typeof documentTypes)[number];
export type Sex = 'male' | 'female';

export type DocumentCheck =
  | {
      ok: true;
      /** Normalised. */
      number: string;
      /** 'YYYY-MM-DD', where the number says it. */
      birthDay?: string;
      sex?: Sex;
      /** ISO 3166-1 alpha-3, where the number says it. */
      nationality?: string;
    }
  | { ok: false; number: string; problem: DocumentProblem };

/** Catalogue keys of what may be wrong with a number. */
export type DocumentProblem =
  | 'field.document_empty'
  | 'field.document_format'
  | 'field.document_province'
  | 'field.document_date'
  | 'field.document_future'
  | 'field.document_check'
  | 'field.document_residence'
  | 'field.document_not_resident'
  | 'field.document_foreign_permanent'
  | 'field.document_nationality'
  | 'field.document_hm_permit'
  | 'field.document_taiwan_permit'
  | 'field.document_other'
  | 'field.passport_format';

/** Normalises and checks a number of the given kind. `now` tells whether a birth date lies in the future. */
export function checkDocument(type: DocumentType, text: string, now: Instant): DocumentCheck {
  const number = normaliseIdentifier(text);
  if (number === '') return { ok: false, number, problem: 'field.document_empty' };
  return checks[type](number, now);
}

const checks: Record<DocumentType, (number: string, now: Instant) => DocumentCheck> = {
  resident_id: checkResidentId,
  hmt_residence: checkResidencePermit,
  foreign_permanent: checkForeignPermanent,
  passport: matching(/^[A-Z0-9]{5,15}$/, 'field.passport_format'),
  // 港澳居民来往内地通行证: nine characters, eleven where the older one counts its renewals.
  hm_permit: matching(/^[HM]\d{8}(?:\d{2})?$/, 'field.document_hm_permit'),
  // 台湾居民来往大陆通行证: eight digits; the older one ten and perhaps a letter.
  taiwan_permit: matching(/^(?:\d{8}|\d{10}[A-Z]?)$/, 'field.document_taiwan_permit'),
  other: matching(/^[\p{L}\p{N}/]{1,30}$/u, 'field.document_other'),
};

function matching(shape: RegExp, problem: DocumentProblem): (number: string) => DocumentCheck {
  return (number) => (shape.test(number) ? { ok: true, number } : { ok: false, number, problem });
}

/** GB 11643-1999: 6 region, 8 date, 3 sequence (odd = male), check digit. */
function checkResidentId(number: string, now: Instant): DocumentCheck {
  if (eighteen.test(number) && /^(?:8[123]|9)/.test(number)) {
    return { ok: false, number, problem: 'field.document_not_resident' };
  }
  return checkEighteen(number, number.slice(0, 2), now);
}

/** 港澳台居民居住证 (state council order 717): the same shape under 810000 Hong Kong, 820000 Macao, 830000 Taiwan. */
function checkResidencePermit(number: string, now: Instant): DocumentCheck {
  if (!/^8[123]0000/.test(number)) return { ok: false, number, problem: 'field.document_residence' };
  return checkEighteen(number, number.slice(0, 2), now);
}

/**
 * 外国人永久居留身份证: since 2023 `9`, 2 province, 3 nationality (ISO 3166 numeric) and then as a resident ID; before, three
 * letters of the nationality and twelve digits, which say neither sex nor century.
 */
function checkForeignPermanent(number: string, now: Instant): DocumentCheck {
  const refuse = (problem: DocumentProblem): DocumentCheck => ({ ok: false, number, problem });
  if (/^[A-Z]{3}\d{12}$/.test(number)) {
    const nationality = number.slice(0, 3);
    return isCountry(nationality) ? { ok: true, number, nationality } : refuse('field.document_nationality');
  }
  if (number[0] !== '9' || !eighteen.test(number)) return refuse('field.document_foreign_permanent');
  const checked = checkEighteen(number, number.slice(1, 3), now);
  if (!checked.ok) return checked;
  const nationality = countryOfNumber(number.slice(3, 6));
  // A state that is no more still stands in a number; who holds it says which one is theirs today.
  return nationality ? { ...checked, nationality } : checked;
}

/** The form of GB 11643-1999: 6 region, 8 date, 3 sequence, check character. Every other rule about it stands on this one. */
const eighteen = /^\d{6}(\d{4})(\d{2})(\d{2})\d{3}[\dX]$/;

/** The date 'YYYY-MM-DD' that stands in a number of that form, real or not; null in any other. */
export function birthDayIn(number: string): string | null {
  const [, year, month, date] = eighteen.exec(number) ?? [];
  return year ? `${year}-${month}-${date}` : null;
}

function checkEighteen(number: string, province: string, now: Instant): DocumentCheck {
  const refuse = (problem: DocumentProblem): DocumentCheck => ({ ok: false, number, problem });
  const birthDay = birthDayIn(number);
  if (birthDay === null) return refuse('field.document_format');
  if (!provinces.has(province)) return refuse('field.document_province');
  if (!isRealDay(birthDay) || birthDay < earliestBirth) return refuse('field.document_date');
  if (birthDay > dayOf(now)) return refuse('field.document_future');
  if (checkDigit(number) !== number[17]) return refuse('field.document_check');
  return { ok: true, number, birthDay, sex: Number(number[16]) % 2 === 1 ? 'male' : 'female' };
}

/**
 * Whether a document of this kind says sex and birth date, so that a form need not ask. Of the foreigner's card only the
 * one of 2023 does; while nothing is typed, it is taken for that one.
 */
export function saysWhoHolds(type: DocumentType, text: string): boolean {
  if (type === 'resident_id' || type === 'hmt_residence') return true;
  return type === 'foreign_permanent' && !/^[A-Z]{3}/.test(normaliseIdentifier(text));
}

/** Whether a form asks for the nationality: everywhere else the document or its kind says it. */
export const asksNationality = (type: DocumentType): boolean => type === 'passport' || type === 'other';

/** Whether a person must compare the document, since no rule can. */
export const isHandChecked = (type: DocumentType): boolean => type === 'other';

/** Checks a birth date 'YYYY-MM-DD' of a living person: undefined, or the catalogue key of the problem. */
export function findBirthDayProblem(birthDay: string, now: Instant): string | undefined {
  if (birthDay === '') return 'field.birth_day_empty';
  if (!isRealDay(birthDay) || birthDay < earliestBirth) return 'field.birth_day_invalid';
  return birthDay > dayOf(now) ? 'field.birth_day_future' : undefined;
}

/** So many characters of a document's end are asked for where the whole number would be too much; a shorter one is asked for whole. */
export const documentTailLength = 6;

export const documentTail = (document: string): string => document.slice(-documentTailLength);

/** Whether a normalised text may be such an end; of another document also letters and `/`. */
export const isDocumentTail = (text: string): boolean => tailShape.test(text);

const tailShape = new RegExp(`^[\\p{L}\\p{N}/]{1,${documentTailLength}}$`, 'u');

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

/** Ordinary (E and 8 digits, or E, a letter without I and O, 7 digits), diplomatic, service and older ones. */
export const isChinesePassport = (number: string): boolean => /^(?:E\d{8}|E[A-HJ-NP-Z]\d{7}|[DSPG]\d{8})$/.test(number);
