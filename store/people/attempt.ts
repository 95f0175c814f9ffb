import type { Knex } from 'knex';
import type { BlindHash } from '../../platform/crypto.ts';

/**
 * How often something may be tried, kept in PostgreSQL and therefore true across replicas. Keys are keyed hashes:
 * of a phone, an address, or of nothing at all where one budget is everybody's.
 */

export interface Budget {
  kind: string;
  key: BlindHash;
  limits: { most: number; seconds: number }[];
}

/**
 * Takes one try from every budget, or from none.
 *
 * @returns seconds until another try makes sense; 0: taken.
 */
export async function takeAttempt(db: Knex, budgets: Budget[]): Promise<number> {
  // One order for everybody, so that two tries never wait for each other.
  const ordered = budgets.toSorted((a, b) =>
    a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : lockOf(a).compare(lockOf(b)),
  );
  return db.transaction(async (trx) => {
    for (const budget of ordered) {
      const lock = [budget.kind, lockOf(budget)];
      await trx.raw(`select pg_advisory_xact_lock(hashtextextended(? || encode(?::bytea, 'hex'), 0))`, lock);
    }
    const waits = [0];
    for (const budget of ordered) for (const limit of budget.limits) waits.push(await waitFor(trx, budget, limit));
    const wait = Math.max(...waits);
    if (wait === 0) await trx('attempt').insert(ordered.map(({ kind, key }) => ({ kind, key_hash: key.current })));
    return wait;
  });
}

/** Under the oldest key, which every process knows. */
const lockOf = ({ key }: Budget): Buffer => key.every[0] ?? key.current;

/** The oldest of the newest `most` leaves the span after so many seconds; 0 when there are fewer. */
async function waitFor(trx: Knex, { kind, key }: Budget, { most, seconds }: Budget['limits'][number]): Promise<number> {
  const { rows } = await trx.raw<{ rows: { wait: number }[] }>(
    `select ceil(extract(epoch from at + ? * interval '1 second' - now()))::int as wait from attempt
      where kind = ? and key_hash = any(?) and at > now() - ? * interval '1 second'
      order by at desc offset ? limit 1`,
    [seconds, kind, key.every, seconds, most - 1],
  );
  return rows[0] ? Math.max(1, rows[0].wait) : 0;
}

/** Was there a try under this key within so many seconds? */
export async function wasTried(db: Knex, kind: string, key: BlindHash, seconds: number): Promise<boolean> {
  const found = await db('attempt')
    .where({ kind })
    .whereIn('key_hash', key.every)
    .whereRaw(`at > now() - ? * interval '1 second'`, [seconds])
    .first('id');
  return found !== undefined;
}

/** Who tried before starts afresh. */
export async function forgetAttempts(db: Knex, budgets: Pick<Budget, 'kind' | 'key'>[]): Promise<void> {
  for (const { kind, key } of budgets) await db('attempt').where({ kind }).whereIn('key_hash', key.every).delete();
}
