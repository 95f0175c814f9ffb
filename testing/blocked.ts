import type { Knex } from 'knex';
import { until } from './until.ts';

/** Waits until somebody waits for a lock that this transaction holds. */
export async function untilBlockedBy(trx: Knex, db: Knex, what: string): Promise<void> {
  const { rows } = await trx.raw<{ rows: [{ pid: number }] }>('select pg_backend_pid() as pid');
  await until(async () => {
    const waiting = await db.raw('select from pg_locks where not granted and ? = any(pg_blocking_pids(pid)) limit 1', [
      rows[0].pid,
    ]);
    return waiting.rowCount === 1;
  }, what);
}

/**
 * Waits until so many sessions of this database wait for a lock, whoever holds it.
 *
 * @param db not a transaction: in one, `pg_stat_activity` stays as it was first read, without the sessions that came later.
 */
export async function untilWaiting(db: Knex, count: number, what: string): Promise<void> {
  await until(async () => {
    const waiting = await db.raw(
      `select distinct pid from pg_locks join pg_stat_activity a using (pid)
        where not granted and a.datname = current_database()`,
    );
    return waiting.rowCount === count;
  }, what);
}
