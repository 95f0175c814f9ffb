import type { Knex } from 'knex';

/**
 * Who stands in for somebody at a task has it no longer than that: passed on to them by name, it would become their own,
 * whatever becomes of the delegation.
 */

/** SQL: people who may act on a task at this moment, each for somebody else only. @param task SQL for its id */
export const standInsNow = (task: string) => `
  select a.staff_id from task_actor a where a.task_id = ${task} group by a.staff_id having bool_and(a.behalf is not null)`;

/** People who act on a task for somebody else, or did or could before it was passed on; not who has it by their own right now. */
export async function standInsOf(db: Knex, task: string): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { staff_id: string }[] }>(
    `${standInsNow(':task')}
     union (
       (select unnest(f.stand_ins) from transfer f where f.task_id = :task
        union select d.staff_id from task t
          join request q on q.reservation_id = t.reservation_id and q.payload->>'task' = t.id::text
          join decision d on d.request_id = q.id and d.behalf_id is not null
          where t.id = :task)
       except select a.staff_id from task_actor a where a.task_id = :task and a.behalf is null)`,
    { task },
  );
  return rows.map(({ staff_id }) => staff_id);
}
