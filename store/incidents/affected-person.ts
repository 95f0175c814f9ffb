import type { FieldCipher } from '../../platform/crypto.ts';
import { rowCipher } from '../../platform/row-cipher.ts';
import type { Touch } from './touched.ts';

export interface AffectedPerson {
  /** Of the account, the row of a book or the member of staff; of somebody with neither the visit and the place in it. */
  id: string;
  /** Those in which something of theirs is touched. */
  visits: string[];
  /** Null: it is erased, and nobody can be told by name. */
  name: string | null;
  /** Their own; of somebody without one that of the person who led the visit. */
  phone: string | null;
  /** It is the phone of whoever led the visit, or keeps the book. */
  byAnother: boolean;
  language: 'zh-CN' | 'en';
  /** Of a child under fourteen: who has to be told. */
  guardian: { name: string; phone: string } | null;
  what: Touch[];
}

/** Before it is known where they stand, and with what. */
export type Person = Omit<AffectedPerson, 'visits' | 'what'>;

/** Of whom nothing stands any more. */
export const unknown = (id: string): Person => ({
  id,
  name: null,
  phone: null,
  byAnother: false,
  language: 'zh-CN',
  guardian: null,
});
/** @param row `guardian`, `guardian_name` and `guardian_phone` */
export function guardianOf(
  cipher: FieldCipher,
  row: { guardian: string | null; guardian_name: Buffer | null; guardian_phone: Buffer | null },
): AffectedPerson['guardian'] {
  if (!row.guardian || !row.guardian_name || !row.guardian_phone) return null;
  const { open } = rowCipher(cipher, 'guardian', row.guardian);
  return { name: open('name_enc', row.guardian_name), phone: open('phone_enc', row.guardian_phone) };
}
