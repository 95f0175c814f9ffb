import type { Knex } from 'knex';
import type { Outcome, Stage } from '../../domain/reservation.ts';

export interface LockedReservation {
  visitor: string;
  seq: number;
  stage: Stage;
  outcome: Outcome | null;
}

/**
 * Locks a reservation's row: what its workflow, its passes and its visitor's wishes write comes one after the other. Rows
 * that point at it may still be added.
 */
export async function lockReservation(trx: Knex, id: string): Promise<LockedReservation | undefined> {
  const row = await trx('reservation').where({ id }).forNoKeyUpdate().first('visitor_id', 'seq', 'stage', 'outcome');
  return row && { visitor: row.visitor_id, seq: row.seq, stage: row.stage, outcome: row.outcome };
}
