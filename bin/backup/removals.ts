import type { Knex } from 'knex';
import type { Client } from 'pg';
import { z } from 'zod';
import { type ListedRemoval, removeAgain } from '../../store/elsewhere/repeat.ts';
import { places } from '../../store/elsewhere/wish.ts';

/** What others held of people without an account, and what was deleted of it after the backup: ids alone. */

export const listedRemovals = z.array(
  z.object({
    id: z.uuid(),
    kind: z.enum(['deletion', 'correction']),
    proof: z.enum(['phone', 'counter']),
    at: z.coerce.date(),
    places: z.array(z.object({ place: z.enum(places), row: z.uuid() })),
  }),
);

export async function listRemovals(client: Client): Promise<ListedRemoval[]> {
  const there = await client.query(`select to_regclass('public.held_elsewhere') is not null as there`);
  if (!there.rows[0].there) return [];
  const { rows } = await client.query(`select q.id, q.kind, q.proof, q.closed_at as at,
      json_agg(json_build_object('place', h.place, 'row', h.row_id)) as places
    from data_request q join held_elsewhere h on h.request_id = q.id where q.status = 'done' group by q.id order by q.closed_at`);
  return rows;
}

/** Each in a transaction of its own, as the schema's owner. @returns ids of the requests of which something had come back */
export async function removeAllAgain(owner: Knex, removals: ListedRemoval[]): Promise<string[]> {
  const done: string[] = [];
  for (const one of removals) if (await owner.transaction((trx) => removeAgain(trx, one))) done.push(one.id);
  return done;
}
