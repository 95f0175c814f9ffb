import type { Knex } from 'knex';
import { type Localized, localized } from '../content/content-cache.ts';

/** A department that receives visitors and has no approver: it is not offered, and its open tasks are decided elsewhere. */
export interface UnattendedDepartment {
  id: string;
  name: Localized;
  /** Tasks of it that wait for an answer. */
  waiting: number;
}

/** SQL for whether department `d` is one. */
export const isUnattended = `d.receives and d.closed_at is null and d.id not in (select id from attended_department)
  and exists (select from campus c where c.id = d.campus_id and c.closed_at is null)`;

/** Those with most waiting first. */
export async function unattendedDepartments(db: Knex): Promise<UnattendedDepartment[]> {
  const { rows } = await db.raw(`select d.id, d.name_zh, d.name_en,
      (select count(*)::int from task t where t.department_id = d.id and t.status = 'open') as waiting
    from department d where ${isUnattended} order by waiting desc, d.position, d.id`);
  return rows.map((row: { id: string; waiting: number }) => ({
    id: row.id,
    name: localized(row as unknown as Record<string, unknown>, 'name'),
    waiting: row.waiting,
  }));
}
