import type { Knex } from 'knex';
import type { FieldCipher } from '../../platform/crypto.ts';
import { findDecisionReason } from './decision.ts';

/** Another time that a department would rather see the visitor at. */

export interface Proposal {
  /** The request that proposed it. */
  id: string;
  reservation: string;
  from: Date;
  until: Date;
  /** What the approver wrote with it. */
  note: string | null;
  at: Date;
}

export async function findProposal(db: Knex, cipher: FieldCipher, id: string): Promise<Proposal | undefined> {
  const row = await db('proposal').where({ request_id: id }).first();
  if (!row) return undefined;
  return {
    id,
    reservation: row.reservation_id,
    from: row.visit_from,
    until: row.visit_until,
    note: (await findDecisionReason(db, cipher, id)) ?? null,
    at: row.created_at,
  };
}

/** Keeps it beside the request row of the same id; the same id again changes nothing. */
export async function keepProposal(
  trx: Knex,
  { id, reservation, from, until }: Pick<Proposal, 'id' | 'reservation' | 'from' | 'until'>,
): Promise<void> {
  await trx('proposal')
    .insert({ request_id: id, reservation_id: reservation, visit_from: from, visit_until: until })
    .onConflict('request_id')
    .ignore();
}
