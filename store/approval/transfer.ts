import type { Knex } from 'knex';
import type { SeatAt } from '../../domain/staff-role.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import { AppError } from '../../platform/errors.ts';
import { askedSeat, isAskedThere } from './asked-seat.ts';
import { releaseClaims } from './claim.ts';
import { findDecisionReason } from './decision.ts';
import { securityDeskOf } from './security-desk.ts';
import { standInsNow, standInsOf } from './stand-ins.ts';
import { couldTake } from './step-signers.ts';

/** Tasks that become another seat's: the row is kept beside the decision to pass the task on. */

/**
 * The caller holds everybody else who decides on the reservation, as `keepDecision` does.
 *
 * @throws AppError `task_moved` (409) where the task is not as the rows say that it should be, somebody else has answered, or
 *   a task of its step would be left with nobody
 */
export async function keepTransfer(
  trx: Knex,
  { request, task, to }: { request: string; task: string; to: SeatAt },
): Promise<void> {
  await trx.raw(`select pg_advisory_xact_lock(hashtextextended('transfer/' || ?, 0))`, [task]);
  if (!(await couldTake(trx, { task, to }))) throw new AppError('task_moved', { status: 409 });
  const { rows } = await trx.raw(
    `insert into transfer (request_id, task_id, department_id, role, people, former, stand_ins)
     select :request, t.id, :department, :role, cast(:people as uuid[]),
       array(select distinct a.staff_id from task_actor a where a.task_id = t.id), array(${standInsNow('t.id')})
     from task t ${askedSeat}
     where t.id = :task and t.status = 'open' and ${isAskedThere}
       and not exists (select from request q where q.reservation_id = t.reservation_id and q.id <> :request
         and q.payload->>'task' = t.id::text and q.status = 'pending')
     returning task_id`,
    { request, task, department: to.department, role: to.role ?? 'approver', people: to.people ?? null },
  );
  if (rows.length === 0) throw new AppError('task_moved', { status: 409 });
  await releaseClaims(trx, { task });
}

/** Whose a task is since it was passed on: people, or else a department. */
export interface MovedTask {
  names: string[];
  department: string;
  since: Date;
  /** Who passed it on last, and how. */
  by: string;
  verdict: 'transferred' | 'declined';
}

/** For somebody who might have acted on it before; undefined for everybody else. */
export async function findMovedTask(db: Knex, staff: string, task: string): Promise<MovedTask | undefined> {
  const { rows } = await db.raw<{ rows: MovedTask[] }>(
    `select m.department_id as department, m.moved_at as since, d.staff_id as by, d.verdict,
       array(select p.name from staff p where p.id = any (m.people) order by p.name) as names
     from moved_seat m join decision d on d.request_id = m.request_id where m.task_id = :task
       and exists (select from transfer f where f.task_id = :task and :staff = any (f.former))`,
    { task, staff },
  );
  return rows[0];
}

/** One time that a task was passed on, for those who decide it. */
export interface Handover {
  verdict: 'transferred' | 'declined';
  by: string;
  names: string[];
  department: string;
  reason: string | undefined;
  at: Date;
}

export async function handoversOf(db: Knex, cipher: FieldCipher, task: string): Promise<Handover[]> {
  const { rows } = await db.raw<{ rows: (Omit<Handover, 'reason'> & { id: string })[] }>(
    `select m.request_id as id, d.verdict, d.staff_id as by, m.department_id as department, m.moved_at as at,
       array(select p.name from staff p where p.id = any (m.people) order by p.name) as names
     from transfer m join decision d on d.request_id = m.request_id
     join request q on q.id = m.request_id and q.status <> 'refused'
     where m.task_id = :task order by m.moved_at`,
    { task },
  );
  return Promise.all(
    rows.map(async ({ id, ...row }) => ({ ...row, reason: await findDecisionReason(db, cipher, id) })),
  );
}

/** SQL: everybody whose the task was. */
const hadBy = `select staff_id from task_actor where task_id = :task and via in ('own', 'ladder')
       union select unnest(former) from transfer where task_id = :task`;

/**
 * Where a task goes that somebody says is not theirs: to the reception of its department, else to the approvers of the
 * departments above, else to the admins – the first of them with somebody who has not had it and may sign. What is the
 * security desk's goes to others of the desk. Undefined: nobody.
 */
export async function seatAfterDecline(db: Knex, task: string): Promise<SeatAt | undefined> {
  const desk = await securityDeskOf(db, task);
  if (desk) return seatAtDesk(db, task, desk);
  const { rows } = await db.raw<{ rows: { department: string; role: 'approver' | 'reception' }[] }>(
    `with recursive above (id, parent_id, far) as (
       select d.id, d.parent_id, 0 from task t join department d on d.id = t.department_id where t.id = :task
       union all
       select d.id, d.parent_id, a.far + 1 from above a join department d on d.id = a.parent_id where a.far < 20),
     had (staff_id) as (${hadBy})
     select a.id as department, r.role from above a
       join staff_role r on r.department_id = a.id and r.role in ('reception', 'approver')
       join staff s on s.id = r.staff_id and s.left_at is null
     where (a.far = 0) = (r.role = 'reception')
     group by a.id, a.far, r.role
     having bool_and(not exists (select from had h where h.staff_id = r.staff_id))
     order by a.far`,
    { task },
  );
  for (const { department, role } of rows) {
    const to: SeatAt = { department, ...(role === 'reception' && { role }) };
    if (await couldTake(db, { task, to })) return to;
  }
  const standIns = await standInsOf(db, task);
  const admins: string[] = await db('staff as s')
    .where('s.is_admin', true)
    .whereNotIn('s.id', standIns)
    .whereNull('s.left_at')
    .whereRaw(`not exists (select from task_actor a where a.task_id = ? and a.staff_id = s.id)`, [task])
    .orderBy('s.id')
    .pluck('s.id');
  const at = await db('task').where({ id: task }).first('department_id');
  if (!at || admins.length === 0) return undefined;
  const to = { department: at.department_id, people: admins };
  return (await couldTake(db, { task, to })) ? to : undefined;
}

async function seatAtDesk(db: Knex, task: string, desk: { id: string }[]): Promise<SeatAt | undefined> {
  const { rows } = await db.raw<{ rows: { staff_id: string }[] }>(hadBy, { task });
  const had = [...rows.map(({ staff_id }) => staff_id), ...(await standInsOf(db, task))];
  const others = desk.map(({ id }) => id).filter((id) => !had.includes(id));
  const at = await db('task').where({ id: task }).first('department_id');
  if (!at || others.length === 0) return undefined;
  const to: SeatAt = { department: at.department_id, role: 'security', people: others };
  return (await couldTake(db, { task, to })) ? to : undefined;
}
