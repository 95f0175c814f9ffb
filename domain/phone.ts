import { dropUnseen } from './characters.ts';

/**
 * Mobile numbers. Those of the Chinese mainland are kept as eleven digits, all others as E.164 with their plus sign:
 * one number, one text.
 */

/**
 * Full-width digits become half-width; what is unseen, spaces, dashes and brackets go, and so do what a contact or a sheet
 * writes before a number and the prefixes +86, 0086, 86; 00 is +.
 */
export function normalisePhone(text: string): string {
  const digits = dropUnseen(text)
    .normalize('NFKC')
    .replace(/^\s*(?:tel|phone|mobile|手机号?码?|联系?电话号?码?)(?=[:：\s]*\+?\d)[:：]?/iu, '')
    .replace(/[\s()\-‐‑‒–—−·./'‘’"“”]/gu, '');
  return digits.replace(/^(?:\+|00)?86(?=1\d{10}$)/, '').replace(/^00(?=[1-9])/, '+');
}

const isMainlandMobile = (phone: string): boolean => /^1[3-9]\d{9}$/.test(phone);

/** ITU-T E.164: up to 15 digits with the country code. The mainland has a form of its own; +1 has ten digits more. */
export function isForeignPhone(phone: string): boolean {
  if (!/^\+[1-9]\d{6,14}$/.test(phone) || phone.startsWith('+86')) return false;
  return !phone.startsWith('+1') || phone.length === 12;
}

export const isMobilePhone = (phone: string): boolean => isMainlandMobile(phone) || isForeignPhone(phone);

/** The normalised number, or the catalogue key of what is wrong with it. */
export function checkPhone(text: string): { ok: true; phone: string } | { ok: false; phone: string; problem: string } {
  const phone = normalisePhone(text);
  if (phone === '') return { ok: false, phone, problem: 'field.phone_empty' };
  if (isMobilePhone(phone)) return { ok: true, phone };
  return { ok: false, phone, problem: phone.startsWith('+') ? 'field.phone_foreign' : 'field.phone_format' };
}

/** '+86' and eleven digits, or what is E.164 already: as providers take it. */
export const toE164 = (phone: string): string => (phone.startsWith('+') ? phone : `+86${phone}`);

/** '+14155550123' → ['+1', '4155550123']. Codes of two digits: ITU-T E.164 list of assigned codes; all others have three. */
export function splitCountryCode(phone: string): [string, string] {
  const length = /^\+[17]/.test(phone) ? 2 : twoDigits.test(phone) ? 3 : 4;
  return [phone.slice(0, length), phone.slice(length)];
}

const twoDigits = /^\+(?:2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/;
