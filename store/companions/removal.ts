import type { Knex } from 'knex';
import { day } from '../../domain/time.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import { type Companion, readCompanions, type Sealing } from './companion.ts';
import { revokeInvitations } from './invitation.ts';

/** Out of a lead's book, and back. */

/** Out of the book; visits that were submitted keep their copy. */
export async function removeCompanion(trx: Knex, companion: Pick<Companion, 'id' | 'lead'>): Promise<void> {
  await trx('companion')
    .where({ id: companion.id, visitor_id: companion.lead, removed_at: null })
    .update({ removed_at: trx.fn.now() });
  await revokeInvitations(trx, companion.id);
}

/** Back into the book, unless it was emptied, or its phone or its account has come in again meanwhile. */
export async function restoreCompanion(
  trx: Knex,
  { index }: Pick<Sealing, 'index'>,
  companion: Pick<Companion, 'id' | 'lead' | 'phone'>,
): Promise<boolean> {
  const phones = companion.phone ? index.every('phone', companion.phone) : [];
  const restored = await trx('companion as c')
    .where({ 'c.id': companion.id, 'c.visitor_id': companion.lead, 'c.erased_at': null })
    .whereNotExists(
      trx('companion as other')
        .whereRaw('other.visitor_id = c.visitor_id and other.removed_at is null')
        .andWhere((same) => same.whereIn('other.phone_hash', phones).orWhereRaw('other.member_id = c.member_id')),
    )
    .update({ removed_at: null });
  return restored === 1;
}

/** Removed since the last form was sent: may still come back. */
export async function removedLately(db: Knex, cipher: FieldCipher, lead: string): Promise<Companion[]> {
  const removed = await readCompanions(db, cipher, { lead, removed: true });
  const last = await db('submission as s')
    .join('reservation as r', 'r.id', 's.reservation_id')
    .where('r.visitor_id', lead)
    .max('s.created_at as at')
    .first();
  return removed.filter(
    ({ member, removedAt }) =>
      removedAt && !member && removedAt > (last?.at ?? 0) && removedAt.getTime() > Date.now() - day,
  );
}

/** Somebody who joined leaves every book at once. */
export async function leaveBooks(trx: Knex, member: string): Promise<void> {
  const places = await trx('companion').where({ member_id: member, removed_at: null }).select('id', 'visitor_id');
  for (const { id, visitor_id: lead } of places) await removeCompanion(trx, { id, lead });
}
