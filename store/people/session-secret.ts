import type { FieldCipher } from '../../platform/crypto.ts';

/** A session's row is plain JSON: what nobody but its browser may learn from it lies in it sealed, as base64. */

export interface SessionSecret {
  /** What it is for: a phone that was proved, a link that was made, a WeChat identity that signed in. */
  use: 'idle' | 'invited' | 'sess' | 'elsewhere';
  /** An id that stands beside it in the session. */
  row: string;
}

export const sealForSession = (cipher: FieldCipher, { use, row }: SessionSecret, text: string): string =>
  cipher.seal({ table: 'visitor_session', column: use, row }, text).toString('base64');

/** @throws Error when it was sealed for another use or row, or changed */
export const openFromSession = (cipher: FieldCipher, { use, row }: SessionSecret, sealed: string): string =>
  cipher.open({ table: 'visitor_session', column: use, row }, Buffer.from(sealed, 'base64'));

/** What a page of staff shows once. @param of what it is about */
export const sealToShow = (cipher: FieldCipher, of: string, text: string): string =>
  cipher.seal({ table: 'staff_session', column: 'sess', row: of }, text).toString('base64');

/** @throws Error when it was sealed about something else, or changed */
export const openToShow = (cipher: FieldCipher, of: string, sealed: string): string =>
  cipher.open({ table: 'staff_session', column: 'sess', row: of }, Buffer.from(sealed, 'base64'));
