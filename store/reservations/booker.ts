import type { Knex } from 'knex';
import type { FieldCipher } from '../../platform/crypto.ts';

/** The person who asked for a visit on behalf of somebody without an account. In clear; mask what is merely listed. */
export interface Booker {
  name: string;
  phone: string;
}

/**
 * Undefined where the visitor asked for themselves, and where either is forgotten.
 * @param submission which of the reservation's is looked at
 */
export async function findBooker(
  db: Knex,
  cipher: FieldCipher,
  { reservation, submission }: { reservation: string; submission: string },
): Promise<Booker | undefined> {
  const row = await db('reservation as r')
    .join('visitor as v', 'v.id', 'r.visitor_id')
    .join('person as p', 'p.visitor_id', 'v.id')
    .join('reservation_person as f', (on) => on.onVal('f.submission_id', submission).andOnVal('f.ordinal', 0))
    .where('r.id', reservation)
    .whereNotNull('f.companion_id')
    .whereNull('f.visitor_id')
    .whereNull('f.erased_at')
    .first('v.id', 'v.phone_enc', 'p.id as person', 'p.name_enc');
  if (!row?.phone_enc || !row.name_enc) return undefined;
  return {
    name: cipher.open({ table: 'person', column: 'name_enc', row: row.person }, row.name_enc),
    phone: cipher.open({ table: 'visitor', column: 'phone_enc', row: row.id }, row.phone_enc),
  };
}
