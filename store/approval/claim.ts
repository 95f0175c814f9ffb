import type { Knex } from 'knex';

/** 认领: who is at work on a task. It warns colleagues and keeps nobody from deciding. */

export interface Claim {
  staff: string;
  name: string;
  at: Date;
}

/** Of somebody who may still act on it. */
export async function claimOf(db: Knex, task: string): Promise<Claim | undefined> {
  const { rows } = await db.raw<{ rows: Claim[] }>(
    `select c.staff_id as staff, s.name, c.claimed_at as at from claim c join staff s on s.id = c.staff_id
     where c.task_id = :task and c.released_at is null
       and exists (select from task_actor a where a.task_id = :task and a.staff_id = c.staff_id)`,
    { task },
  );
  return rows[0];
}

/** Takes it over from somebody else who had claimed it. @returns whether it is new */
export async function claimTask(trx: Knex, { task, staff }: { task: string; staff: string }): Promise<boolean> {
  await trx.raw(`select pg_advisory_xact_lock(hashtextextended('claim/' || ?, 0))`, [task]);
  await trx('claim')
    .where({ task_id: task })
    .whereNull('released_at')
    .whereNot({ staff_id: staff })
    .update({ released_at: trx.fn.now() });
  const made = await trx('claim')
    .insert({ task_id: task, staff_id: staff })
    .onConflict(trx.raw('(task_id) where released_at is null'))
    .ignore()
    .returning('id');
  return made.length > 0;
}

/** One's own; of everything where no task is named. @returns how many */
export function releaseClaims(trx: Knex, of: { staff: string; task?: string } | { task: string }): Promise<number> {
  return trx('claim')
    .whereNull('released_at')
    .modify((query) => {
      if ('staff' in of) query.where({ staff_id: of.staff });
      if (of.task) query.where({ task_id: of.task });
    })
    .update({ released_at: trx.fn.now() });
}
