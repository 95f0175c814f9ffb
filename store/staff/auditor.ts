import type { Knex } from 'knex';

/**
 * An auditor looks and never decides: who is nothing else gets no task by name, and stands in for nobody. The view
 * `signing_staff` has everybody who serves but them.
 */

/** SQL. @param staff SQL for the id of somebody who serves */
export const onlyAudits = (staff: string): string =>
  `not exists (select from signing_staff able where able.id = ${staff})`;

/** @param people ids of staff who serve */
export async function someOnlyAudit(db: Knex, people: readonly string[]): Promise<boolean> {
  const found = await db('staff')
    .whereIn('id', people)
    .whereNull('left_at')
    .whereRaw(onlyAudits('staff.id'))
    .first('id');
  return found !== undefined;
}
