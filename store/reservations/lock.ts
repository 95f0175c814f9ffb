import type { Knex } from 'knex';
import type { Outcome, Stage } from '../../domain/reservation.ts';

export interface LockedReservation {
  visitor: string;
  seq: number;
  stage: Stage;
  outcome: Outcome | null;
  /** No pass of it is made any more, even while its row does not say so yet. */
  passesEnded: boolean;
}

/**
 * Locks a reservation's row: what its workflow, its passes and its visitor's wishes write comes one after the other. Rows
 * that point at it may still be added.
 */
export async function lockReservation(trx: Knex, id: string): Promise<LockedReservation | undefined> {
  const row = await trx('reservation')
    .where({ id })
    .forNoKeyUpdate()
    .first('visitor_id', 'seq', 'stage', 'outcome', 'passes_ended_at');
  if (!row) return undefined;
  const { visitor_id: visitor, seq, stage, outcome, passes_ended_at: ended } = row;
  return { visitor, seq, stage, outcome, passesEnded: ended !== null };
}

/** The reservation is over: its passes are taken back before its row says so, and no late attempt makes another one. */
export async function endPasses(trx: Knex, id: string): Promise<void> {
  await trx('reservation').where({ id, passes_ended_at: null }).update({ passes_ended_at: trx.fn.now() });
}
