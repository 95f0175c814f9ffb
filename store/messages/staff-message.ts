import type { Knex } from 'knex';
import type { StaffMessageKind } from '../../domain/task-news.ts';
import { notCalledOff } from '../approval/waiting.ts';

/** Messages to staff about tasks: queued with what causes them, handed over by any worker (activities/staff-messages.ts). */

export interface StaffMessage {
  id: string;
  staff: string;
  kind: StaffMessageKind;
  task: string | null;
  reservation: string | null;
}

/**
 * Takes messages whose time has come, and puts the next try further away before the first is made: two workers never hold
 * the same one.
 * @param pause in ms, until what could not be handed over is tried again
 */
export async function claimStaffMessages(
  db: Knex,
  { now, limit, pause }: { now: Date; limit: number; pause: number },
): Promise<StaffMessage[]> {
  const { rows } = await db.raw<{ rows: StaffMessage[] }>(
    `update staff_message set send_after = :now::timestamptz + :pause * interval '1 millisecond'
      where id in (
        select id from staff_message where status = 'pending' and send_after <= :now
        order by send_after, id limit :limit for update skip locked)
      returning id, staff_id as staff, kind, task_id as task, reservation_id as reservation`,
    { now, limit, pause },
  );
  return rows.toSorted((one, other) => (one.id < other.id ? -1 : 1));
}

export async function putOff(db: Knex, ids: string[], until: Date): Promise<void> {
  await db('staff_message').whereIn('id', ids).where({ status: 'pending' }).update({ send_after: until });
}

/** `page`: there was no channel, the inbox shows it. `overtaken`: there was nothing left to tell. */
export async function closeStaffMessages(
  db: Knex,
  ids: string[],
  status: 'sent' | 'failed' | 'page' | 'overtaken',
): Promise<void> {
  await db('staff_message').whereIn('id', ids).where({ status: 'pending' }).update({ status, closed_at: db.fn.now() });
}

/** Of these tasks those that wait and that this person may act on at this moment. */
export async function stillTheirs(db: Knex, staff: string, tasks: string[]): Promise<Set<string>> {
  const rows = await db('task as t')
    .join('reservation as r', 'r.id', 't.reservation_id')
    .join('task_actor as a', 'a.task_id', 't.id')
    .whereIn('t.id', tasks)
    .where({ 't.status': 'open', 'a.staff_id': staff })
    .whereRaw(notCalledOff)
    .pluck('t.id');
  return new Set(rows);
}

/** For everybody who wants one and has something waiting, once a day. @param day of Shanghai, 'YYYY-MM-DD' */
export async function queueDigests(db: Knex, day: string): Promise<void> {
  await db.raw(
    `with due as (
      update staff_contact set digest_on = :day::date
       where digest and (digest_on is null or digest_on < :day::date)
         and (email_enc is not null and email_fault is null or openid_enc is not null)
      returning staff_id)
    insert into staff_message (staff_id, kind, key)
    select d.staff_id, 'digest', 'digest/' || :day || '/' || d.staff_id from due d
     where exists (select from task t join reservation r on r.id = t.reservation_id join task_actor a on a.task_id = t.id
                    where a.staff_id = d.staff_id and t.status = 'open' and ${notCalledOff})
    on conflict (key) do nothing`,
    { day },
  );
}
