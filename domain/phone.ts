/** Mobile numbers of the Chinese mainland, the only ones that registration accepts. */

/** Full-width digits become half-width; spaces, dashes, brackets and the prefixes +86, 0086, 86 go. */
export function normalisePhone(text: string): string {
  const digits = text.normalize('NFKC').replace(/[\s()\-‐‑–—·.]/gu, '');
  return digits.replace(/^(?:\+|00)?86(?=1\d{10}$)/, '');
}

export const isMobilePhone = (phone: string): boolean => /^1[3-9]\d{9}$/.test(phone);

/** The normalised number, or the catalogue key of what is wrong with it. */
export function checkPhone(text: string): { ok: true; phone: string } | { ok: false; phone: string; problem: string } {
  const phone = normalisePhone(text);
  if (phone === '') return { ok: false, phone, problem: 'field.phone_empty' };
  return isMobilePhone(phone) ? { ok: true, phone } : { ok: false, phone, problem: 'field.phone_format' };
}
