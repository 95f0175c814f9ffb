import type { Knex } from 'knex';
import { purgeOverdueAfter, type RetentionClass, retentionClasses } from '../../domain/retention.ts';
import { record } from '../audit/audit.ts';
import { pastTheirTime } from './past-their-time.ts';

/** How long each class is kept, and its purge: in batches, each a transaction, the same again harmless. */

export async function retentionDays(db: Knex): Promise<Record<RetentionClass, number>> {
  const rows: { class: RetentionClass; days: number }[] = await db('retention').select('class', 'days');
  const days = Object.fromEntries(rows.map((row) => [row.class, row.days])) as Record<RetentionClass, number>;
  for (const one of retentionClasses)
    if (days[one] === undefined) throw new Error(`Nothing says how long ${one} is kept`);
  return days;
}

/** @returns how many went, and whether there may be more: then call it again */
export async function purge(
  db: Knex,
  of: RetentionClass,
  { batch = 500 } = {},
): Promise<{ count: number; more: boolean }> {
  const days = await retentionDays(db);
  const count = await db.transaction((trx) => pastTheirTime[of](trx, { days: days[of], batch }));
  return { count, more: count >= batch };
}

export interface PurgeRun {
  /** Rows by class. */
  counts: Partial<Record<RetentionClass, number>>;
  /** Classes that could not be purged; the next run tries again. */
  failed: RetentionClass[];
}

/** One record a run. A run in which a class failed does not count as done. */
export async function recordPurge(db: Knex, run: PurgeRun): Promise<void> {
  await record(db, {
    actor: { kind: 'system' },
    action: run.failed.length > 0 ? 'purge_failed' : 'data_purged',
    subject: { kind: 'list', id: 'retention' },
    detail: { ...run },
  });
}

/** When the last purge came to its end; overdue when that, or the beginning of all, is too long ago. */
export async function purgeStatus(db: Knex): Promise<{ lastRun: Date | null; overdue: boolean }> {
  const { rows } = await db.raw<{ rows: [{ last_run: Date | null; overdue: boolean }] }>(purgeStatusSql);
  return { lastRun: rows[0].last_run, overdue: rows[0].overdue };
}

/** SQL for when the last purge came to its end; null before the first. */
export const lastPurge = `(select max(at) from audit
  where subject_kind = 'list' and subject_id = 'retention' and action = 'data_purged')`;
/** SQL for whether the purge is overdue. */
export const purgeOverdue = `(coalesce(${lastPurge}, (select min(since) from retention))
  < now() - interval '${purgeOverdueAfter} hours')`;
const purgeStatusSql = `select ${lastPurge} as last_run, ${purgeOverdue} as overdue`;
