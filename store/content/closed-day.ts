import type { Knex } from 'knex';
import type { Transaction } from '../../platform/db.ts';
import type { Localized } from './content-cache.ts';

/** Days on which a campus receives nobody: holidays, examinations, works. */
export interface ClosedDay {
  campus: string;
  /** YYYY-MM-DD in Asia/Shanghai. */
  day: string;
  reason: Localized;
}

/** Every closed day from a day on, soonest first. */
export async function closedDaysFrom(db: Knex, day: string): Promise<ClosedDay[]> {
  const rows = await db('closed_day').where('day', '>=', day).orderBy(['day', 'campus_id']);
  return rows.map((row) => ({
    campus: row.campus_id,
    day: row.day,
    reason: { 'zh-CN': row.reason_zh, en: row.reason_en },
  }));
}

/** @returns whether it was not closed already */
export async function addClosedDay(trx: Transaction, { campus, day, reason }: ClosedDay): Promise<boolean> {
  const made = await trx('closed_day')
    .insert({ campus_id: campus, day, reason_zh: reason['zh-CN'], reason_en: reason.en })
    .onConflict(['campus_id', 'day'])
    .ignore()
    .returning('day');
  return made.length > 0;
}

/** Opens the day again; what was said stays readable. @returns whether it was closed */
export async function removeClosedDay(
  trx: Transaction,
  { campus, day, staff }: { campus: string; day: string; staff: string },
): Promise<boolean> {
  const [row] = await trx('closed_day').where({ campus_id: campus, day }).delete().returning('*');
  if (!row) return false;
  const row_id = `${campus}/${day}`;
  const { version } = await trx('content_revision')
    .where({ kind: 'closed_day', row_id })
    .first(trx.raw('coalesce(max(version), 0) + 1 as version'));
  const body = JSON.stringify({ reason_zh: row.reason_zh, reason_en: row.reason_en });
  await trx('content_revision').insert({ kind: 'closed_day', row_id, version, body, staff_id: staff });
  return true;
}
