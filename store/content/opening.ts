import type { Knex } from 'knex';
import { minutesOfClock, type Opening } from '../../domain/opening.ts';
import type { Localized } from './content-cache.ts';

/** When a campus receives, as rows say it now. */
export async function readOpening(db: Knex, campus: string): Promise<Opening> {
  const row = await db('campus').where({ id: campus }).first('opens_at', 'closes_at', 'closed_weekdays');
  if (!row) throw new Error('There is no such campus');
  const days = await closedDaysOf(db, campus);
  return { ...hoursOf(row), closedWeekdays: row.closed_weekdays, closedDays: days.map(({ day }) => day) };
}

/** Days of a campus from today on that are closed, with the reason. */
export async function closedDaysOf(db: Knex, campus: string): Promise<{ day: string; reason: Localized }[]> {
  const rows = await db('closed_day')
    .where({ campus_id: campus })
    .whereRaw("day >= (now() at time zone 'Asia/Shanghai')::date - 1")
    .orderBy('day')
    .select(db.raw('day::text as day'), 'reason_zh', 'reason_en');
  return rows.map((row) => ({ day: row.day, reason: { 'zh-CN': row.reason_zh, en: row.reason_en } }));
}

/**
 * Days from today on that have no place left, 'YYYY-MM-DD' in Shanghai. Places whose visit is over count as free, as
 * they do for the next visit that is admitted.
 */
export async function fullDaysOf(db: Knex, campus: string): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { day: string }[] }>(
    `select s.day::text as day from slot s join campus c on c.id = s.campus_id
      where s.campus_id = ? and s.day >= (now() at time zone 'Asia/Shanghai')::date and s.held >= c.daily_capacity
        and s.held - coalesce((select sum(h.count) from quota_hold h join reservation r on r.id = h.reservation_id
          where h.campus_id = s.campus_id and h.day = s.day
            and (r.stage = 'closed' or r.visit_until <= now())), 0) >= c.daily_capacity
      order by s.day`,
    [campus],
  );
  return rows.map(({ day }) => day);
}

/** Hours out of two `time` columns; none: round the clock. */
export function hoursOf(row: { opens_at: string | null; closes_at: string | null }): { opens: number; closes: number } {
  if (row.opens_at === null || row.closes_at === null) return { opens: 0, closes: 24 * 60 };
  return { opens: minutesOfClock(row.opens_at), closes: minutesOfClock(row.closes_at) };
}
