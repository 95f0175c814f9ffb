import type { Knex } from 'knex';

/** Columns that hold what a lead typed of somebody besides name and phone. */
export const nothingDeclared = {
  sex: null,
  document_type: null,
  nationality: null,
  document_enc: null,
  document_hash: null,
  document_tail_hash: null,
  birth_day_enc: null,
  unit_enc: null,
  guardian_id: null,
};

/** Rows of a book that lose what they say. They stay as shells where a submission points at them. @returns how many */
export async function emptyCompanions(trx: Knex, ids: string[]): Promise<number> {
  if (ids.length === 0) return 0;
  await trx('companion_invitation').whereIn('companion_id', ids).delete();
  await trx('photo').whereIn('companion_id', ids).delete();
  return trx('companion')
    .whereIn('id', ids)
    .whereNull('erased_at')
    .update({
      name_enc: null,
      phone_enc: null,
      phone_hash: null,
      ...nothingDeclared,
      member_id: null,
      joined_at: null,
      removed_at: trx.raw('coalesce(removed_at, now())'),
      erased_at: trx.fn.now(),
    });
}
