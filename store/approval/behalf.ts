import type { Knex } from 'knex';
import type { Reads } from '../../platform/reads.ts';
import { tasksOf } from './scope.ts';

/** For whom somebody would act on tasks of a list, where they may by nobody's right but another person's: names by task. */
export async function behalfOf(
  { db, reads }: { db: Knex; reads: Reads },
  staff: string,
  tasks: readonly string[],
): Promise<Map<string, string[]>> {
  if (tasks.length === 0) return new Map();
  // Most people stand in for nobody: they are not kept waiting.
  const [row] = await reads.rows<{ stands: boolean }>(
    'select exists (select from acts_for($1) a where a.behalf is not null) as stands',
    [staff],
  );
  if (!row?.stands) return new Map();
  const { rows } = await db.raw<{ rows: { task: string; names: string[] }[] }>(
    `select w.task_id as task, array_agg(distinct s.name) as names
      from ${tasksOf(':staff')} w left join staff s on s.id = w.behalf
      where w.task_id = any (:tasks) group by w.task_id having bool_and(w.behalf is not null)`,
    { staff, tasks },
  );
  return new Map(rows.map(({ task, names }) => [task, names]));
}
