import type { Knex } from 'knex';

/** How a reservation's workflow comes into being: by the request that starts it, kept with the row at seq 0. */

export interface Beginning {
  visitor: string;
  /** The row was never written by a workflow. */
  unborn: boolean;
  /** It is unborn, and a request that starts the workflow waits to be delivered. */
  beginning: () => Promise<boolean>;
}

export async function beginningOf(db: Knex, reservation: string): Promise<Beginning> {
  const { visitor_id: visitor, seq } = await db('reservation').where({ id: reservation }).first('visitor_id', 'seq');
  return { visitor, unborn: seq === 0, beginning: () => isBeginning(db, { id: reservation, seq }) };
}

/** A workflow that is unknown to the engine may be on its way. */
export async function isBeginning(db: Knex, { id, seq }: { id: string; seq: number }): Promise<boolean> {
  if (seq > 0) return false;
  const starting = await db('request')
    .where({ reservation_id: id, status: 'pending' })
    .whereIn('kind', ['start', 'ready', 'submit'])
    .first('id');
  return starting !== undefined;
}
