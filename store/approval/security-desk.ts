import type { Knex } from 'knex';
import type { SeatAt } from '../../domain/staff-role.ts';

/** A signature of the security desk is given by nobody else: passed on, its task goes to people of the desk and stays theirs. */

/** People with the role who serve, by name, where the task is the desk's; undefined: it is not. */
export async function securityDeskOf(
  db: Knex,
  task: string,
): Promise<{ id: string; username: string; name: string }[] | undefined> {
  if (!(await isTheirs(db, task))) return undefined;
  return db('staff as s')
    .whereNull('s.left_at')
    .whereRaw(`exists (select from staff_role r where r.staff_id = s.id and r.role = 'security')`)
    .orderBy(['s.name', 's.username'])
    .select('s.id', 's.username', 's.name');
}

/** Whether nobody but the desk could sign there, if the task is the desk's; of every other task it is true. */
export async function keepsToDesk(db: Knex, { task, to }: { task: string; to: SeatAt }): Promise<boolean> {
  const desk = await securityDeskOf(db, task);
  if (!desk) return true;
  return to.role === 'security' && to.people?.every((id) => desk.some((one) => one.id === id)) === true;
}

const isTheirs = async (db: Knex, task: string): Promise<boolean> =>
  (await db('task').where({ id: task, role: 'security' }).first('id')) !== undefined;
