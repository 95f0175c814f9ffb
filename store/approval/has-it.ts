import type { Knex } from 'knex';
import type { Localized } from '../content/content-cache.ts';
import { findMovedTask } from './transfer.ts';

/** Who has a task that was somebody's: it was passed on, or a delegate stands in for them. */
export interface HasIt {
  /** People; empty: everybody of the department. */
  names: string[];
  department: Localized;
  since: Date;
}

export async function whoHasIt(
  db: Knex,
  { staff, task, department }: { staff: string; task: string; department: Localized },
): Promise<HasIt | undefined> {
  const moved = await findMovedTask(db, staff, task);
  if (moved) {
    const row = await db('department').where({ id: moved.department }).first('name_zh', 'name_en');
    const now = row ? { 'zh-CN': row.name_zh, en: row.name_en } : department;
    return { names: moved.names, department: now, since: moved.since };
  }
  const delegate = await db('delegation as d')
    .join('staff as s', 's.id', 'd.delegate_id')
    .where({ 'd.staff_id': staff })
    .whereNull('d.ended_at')
    .whereNull('s.left_at')
    .whereRaw('now() >= d.from_at and now() < d.until_at')
    .orderBy('d.from_at', 'desc')
    .first('s.name', 'd.from_at as since');
  return delegate && { names: [delegate.name], department, since: delegate.since };
}
