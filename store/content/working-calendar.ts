import type { Knex } from 'knex';
import type { WorkingCalendar } from '../../domain/calendar.ts';
import { minutesOfClock } from '../../domain/opening.ts';
import { dayOf, type Instant, minute } from '../../domain/time.ts';
import type { Transaction } from '../../platform/db.ts';
import { type Localized, localized } from './content-cache.ts';

/** When an office works, as rows say it now: its hours, and the days that depart from their week. */

export interface Deadlines {
  calendar: WorkingCalendar;
  /** Working time from one rung of the ladder to the next, in milliseconds: to the first, second, third and fourth. */
  waits: number[];
}

/** @param from YYYY-MM-DD; days before it are left out */
export async function readDeadlines(db: Knex, from: string): Promise<Deadlines> {
  const row = await db('office_hours').first();
  if (!row) throw new Error('The row of the office hours is missing');
  const days = await db('calendar_day').where('day', '>=', from).select('day', 'works');
  const waits = [row.remind_after, row.remind_again_after, row.head_after, row.security_after];
  return {
    calendar: {
      opens: minutesOfClock(row.opens_at),
      closes: minutesOfClock(row.closes_at),
      days: new Map(days.map(({ day, works }) => [day, works])),
    },
    waits: waits.map((minutes) => Math.ceil(Number(minutes) * minute)),
  };
}

export interface CalendarDay {
  /** YYYY-MM-DD in Asia/Shanghai. */
  day: string;
  version: number;
  /** false: a holiday; true: a Saturday or Sunday that is worked. */
  works: boolean;
  name: Localized;
}

const readDay = (row: { day: string; version: number; works: boolean }): CalendarDay => ({
  day: row.day,
  version: row.version,
  works: row.works,
  name: localized(row, 'name'),
});

/** Soonest first. @param from YYYY-MM-DD */
export const calendarDaysFrom = async (db: Knex, from: string): Promise<CalendarDay[]> =>
  (await db('calendar_day').where('day', '>=', from).orderBy('day')).map(readDay);

/** Whether one works on the days that depart from their week, by day; those before an instant are left out. */
export const specialDays = async (db: Knex, from: Instant): Promise<Map<string, boolean>> =>
  new Map((await calendarDaysFrom(db, dayOf(from))).map(({ day, works }) => [day, works]));

export async function findCalendarDay(db: Knex, day: string): Promise<CalendarDay | undefined> {
  const row = await db('calendar_day').where({ day }).first();
  return row && readDay(row);
}

type SaidOfDay = Pick<CalendarDay, 'day' | 'works' | 'name'>;

const columnsOf = ({ works, name }: SaidOfDay) => ({ works, name_zh: name['zh-CN'], name_en: name.en });

/** @returns whether the calendar did not name it already */
export async function addCalendarDay(trx: Transaction, said: SaidOfDay): Promise<boolean> {
  const made = await trx('calendar_day')
    .insert({ day: said.day, ...columnsOf(said) })
    .onConflict('day')
    .ignore()
    .returning('day');
  return made.length > 0;
}

/**
 * Writes the next version and keeps the former.
 * @param version that the editor saw
 * @returns `stale` where somebody else was faster, `gone` where the calendar does not name the day any more
 */
export async function editCalendarDay(
  trx: Transaction,
  { said, version, staff }: { said: SaidOfDay; version: number; staff: string },
): Promise<'saved' | 'same' | 'stale' | 'gone'> {
  const row = await trx('calendar_day').where({ day: said.day }).forUpdate().first();
  if (!row) return 'gone';
  const columns = columnsOf(said);
  if (row.works === columns.works && row.name_zh === columns.name_zh && row.name_en === columns.name_en) return 'same';
  if (row.version !== version) return 'stale';
  await keepFormer(trx, row, staff);
  await trx('calendar_day')
    .where({ day: said.day })
    .update({ ...columns, version: version + 1 });
  return 'saved';
}

/** The day is like any other of its week again. @returns whether the calendar named it */
export async function removeCalendarDay(
  trx: Transaction,
  { day, staff }: { day: string; staff: string },
): Promise<boolean> {
  const [row] = await trx('calendar_day').where({ day }).delete().returning('*');
  if (row) await keepFormer(trx, row, staff);
  return row !== undefined;
}

/** A day that was removed and comes back begins its versions anew: they are counted here. */
async function keepFormer(
  trx: Transaction,
  row: { day: string; works: boolean; name_zh: string; name_en: string },
  staff: string,
): Promise<void> {
  const { version } = await trx('content_revision')
    .where({ kind: 'calendar_day', row_id: row.day })
    .first(trx.raw('coalesce(max(version), 0) + 1 as version'));
  const body = JSON.stringify({ works: row.works, name_zh: row.name_zh, name_en: row.name_en });
  await trx('content_revision').insert({ kind: 'calendar_day', row_id: row.day, version, body, staff_id: staff });
}
