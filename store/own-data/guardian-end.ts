import type { Knex } from 'knex';
import { withdrawConsent } from '../people/consent.ts';
import { removePhoto } from '../people/photo.ts';

/**
 * A guardian is forgotten by their own wish, when no visit stands on their word any more: the agreement ends, and no
 * child stands with them. Of a child without a guardian no picture stays.
 */
export async function endGuardian(trx: Knex, holder: string, guardian: string): Promise<void> {
  const row = await trx('guardian').where({ id: guardian, erased_at: null }).forUpdate().first('consent_id');
  if (!row) return;
  await withdrawConsent(trx, holder, row.consent_id);
  const without = { guardian_id: null, version: trx.raw('version + 1') };
  await trx('companion').where({ guardian_id: guardian }).update(without);
  const own = await trx('person').where({ guardian_id: guardian }).update(without);
  if (own > 0) for (const kind of ['face', 'document'] as const) await removePhoto(trx, holder, kind);
  await trx('guardian')
    .where({ id: guardian })
    .update({ name_enc: null, phone_enc: null, phone_hash: null, erased_at: trx.fn.now() });
}
