import type { Knex } from 'knex';
import type { Client } from 'pg';
import { z } from 'zod';
import { identityOf } from '../../store/elsewhere/identity.ts';
import type { Means } from '../../store/elsewhere/places.ts';
import { removeElsewhere } from '../../store/elsewhere/removal.ts';
import { eraseAccount } from '../../store/own-data/erasure.ts';
import { cancelOpenVisits, hasOpenVisits, leaveOpenVisits } from '../../store/own-data/own-visits.ts';

/** Accounts that were deleted after the backup come back with it; after a restore each is deleted again, as the list beside the backups says. */

export const listedErasures = z.array(
  z.object({
    id: z.uuid(),
    visitor: z.uuid(),
    at: z.iso.datetime(),
    counts: z.record(z.string(), z.number()).nullable(),
    proof: z.string().nullable(),
  }),
);
export type ListedErasure = z.output<typeof listedErasures>[number];

export async function listErasures(client: Client): Promise<ListedErasure[]> {
  const there = await client.query(`select to_regclass('public.erasure') is not null as there`);
  if (!there.rows[0].there) return [];
  const { rows } = await client.query('select id, visitor_id as visitor, at, counts, proof from erasure order by at');
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}

/**
 * Each in a transaction of its own, as the schema's owner; what its owner was given then stays good. Visits of such an account that
 * came back open are asked to end, and the deletion waits for that: then it is done by doing this again.
 * @returns ids of the deletions that were done, and of those that wait
 */
export async function eraseAgain(
  owner: Knex,
  means: Means,
  erasures: ListedErasure[],
): Promise<Record<'done' | 'waiting', string[]>> {
  const found: Record<'done' | 'waiting', string[]> = { done: [], waiting: [] };
  for (const one of erasures) {
    const became = await owner.transaction((trx) => eraseOne(trx, means, one));
    if (became) found[became].push(one.id);
  }
  return found;
}

async function eraseOne(trx: Knex, means: Means, { id, visitor, at, counts, proof }: ListedErasure) {
  const account = await trx('visitor').where({ id: visitor, erased_at: null }).first('id');
  if (!account) return undefined;
  if (await hasOpenVisits(trx, visitor)) {
    await cancelOpenVisits(trx, visitor);
    await leaveOpenVisits(trx, visitor);
    return 'waiting';
  }
  // Whatever it was for then: the rows that showed it may be gone.
  await trx('erasure').insert({ id, visitor_id: visitor, at: new Date(at), cause: 'asked' });
  await removeElsewhere(trx, means, await identityOf(trx, means, visitor), { erasure: id });
  const erased = await eraseAccount(trx, visitor);
  // What its owner was given then is what its page goes on showing.
  if (proof)
    await trx('erasure')
      .where({ id })
      .update({ counts: JSON.stringify(counts ?? erased), proof });
  return 'done';
}
