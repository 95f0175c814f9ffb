import type { Knex } from 'knex';
import { emptyInvitations } from '../api/invitation-behind.ts';
import { eraseComments } from '../approval/comment.ts';
import { emptyPassesOfErased } from '../passes/pass-erasure.ts';

/** Frozen people and free text of visits, through the database's own functions, and the passes that people held. */

/**
 * Erases those of the visits that are closed. With a lead: only visits that this account led, and nobody with an account of their own.
 *
 * @returns how many people
 */
export async function eraseVisits(
  trx: Knex,
  reservations: string[],
  lead: string | null = null,
): Promise<{ people: number; passes: number }> {
  if (reservations.length === 0) return { people: 0, passes: 0 };
  const { rows } = await trx.raw<{ rows: [{ people: number }] }>('select erase_submissions(?::uuid[], ?) as people', [
    reservations,
    lead,
  ]);
  await eraseComments(trx, reservations, lead);
  await emptyInvitations(trx, reservations, lead);
  return { people: rows[0].people, passes: await emptyPassesOfErased(trx, reservations) };
}

/** One account's own places in other people's visits: those that are closed, and where it was taken out. */
export async function eraseFromOthersVisits(trx: Knex, visitor: string): Promise<{ people: number; passes: number }> {
  const { rows } = await trx.raw<{ rows: [{ people: number }] }>('select erase_person(?) as people', [visitor]);
  const visits = await trx('reservation_person')
    .where({ visitor_id: visitor })
    .distinct('reservation_id')
    .pluck('reservation_id');
  return { people: rows[0].people, passes: await emptyPassesOfErased(trx, visits) };
}
