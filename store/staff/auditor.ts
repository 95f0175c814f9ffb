import type { Knex } from 'knex';

/** An auditor looks and never decides: who is nothing else gets no task by name, and stands in for nobody. */

/** SQL. @param staff SQL for a staff member's id */
export const onlyAudits = (staff: string): string =>
  `(select bool_and(role = 'auditor') from staff_role where staff_id = ${staff}) is true`;

export async function someOnlyAudit(db: Knex, people: readonly string[]): Promise<boolean> {
  const found = await db('staff').whereIn('id', people).whereRaw(onlyAudits('staff.id')).first('id');
  return found !== undefined;
}
