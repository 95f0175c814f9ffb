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
