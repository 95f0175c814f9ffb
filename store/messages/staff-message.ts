import type { Knex } from 'knex';
import type { StaffMessageKind } from '../../domain/task-news.ts';
import { notCalledOff } from '../approval/waiting.ts';
import { isReachable } from './staff-contact.ts';

/** Messages to staff about tasks: queued with what causes them, handed over by any worker (activities/staff-messages.ts). */

export interface StaffMessage {
  id: string;
  staff: string;
  kind: StaffMessageKind;
  task: string | null;
  reservation: string | null;
  /** Until when its task can be decided; null for a digest, and where the task is there no more. */
  decideBy: Date | null;
}

/**
 * Takes what is due for the person who waits longest, and puts it away for as long as it is held: two workers never tell
 * one person at the same moment.
 * @param held in ms; a worker that died in between held it no longer
 * @returns nothing when nobody is to be told
 */
export async function claimStaffMessages(
  db: Knex,
  { now, limit, held }: { now: Date; limit: number; held: number },
): Promise<StaffMessage[]> {
  const { rows } = await db.raw<{ rows: StaffMessage[] }>(
    `with person as (
      select s.id from staff s join (
          select staff_id, min(send_after) as since from staff_message
           where status = 'pending' and send_after <= :now group by staff_id) d on d.staff_id = s.id
       order by d.since, s.id limit 1 for no key update of s skip locked)
    update staff_message set send_after = :now::timestamptz + :held * interval '1 millisecond'
      where id in (
        select id from staff_message where staff_id = (select id from person) and status = 'pending' and send_after <= :now
        order by send_after, id limit :limit for update skip locked)
      returning id, staff_id as staff, kind, task_id as task, reservation_id as reservation,
        (select t.decide_by from task t where t.id = task_id) as "decideBy"`,
    { now, limit, held },
  );
  return rows.toSorted((one, other) => (one.id < other.id ? -1 : 1));
}

/**
 * What waits for a setting is due at once: a process that starts may have the right one. What another worker may hold at
 * this moment stays with it.
 */
export async function retryAfterSetting(db: Knex, { now, held }: { now: Date; held: number }): Promise<void> {
  await db.raw(
    `update staff_message m set send_after = :now
      where m.status = 'pending' and m.send_after > :now::timestamptz + :held * interval '1 millisecond'
        and 'misconfigured' in (select distinct on (l.channel) l.fault from staff_letter_message b
                                  join staff_letter l on l.id = b.letter_id
                                 where b.message_id = m.id order by l.channel, l.started_at desc)`,
    { now, held },
  );
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

/** Of these tasks those that wait, for anybody. */
export async function stillOpen(db: Knex, tasks: string[]): Promise<Set<string>> {
  return new Set(await openAmong(db, tasks).pluck('t.id'));
}

/** Of these tasks those that wait and that this person may act on at this moment. */
export async function stillTheirs(db: Knex, staff: string, tasks: string[]): Promise<Set<string>> {
  const theirs = openAmong(db, tasks).join('task_actor as a', 'a.task_id', 't.id').where('a.staff_id', staff);
  return new Set(await theirs.pluck('t.id'));
}

const openAmong = (db: Knex, tasks: string[]) =>
  db('task as t')
    .join('reservation as r', 'r.id', 't.reservation_id')
    .whereIn('t.id', tasks)
    .where('t.status', 'open')
    .whereRaw(notCalledOff);

/** For everybody who wants one and has something waiting, once a day. @param day of Shanghai, 'YYYY-MM-DD' */
export async function queueDigests(db: Knex, day: string): Promise<void> {
  await db.raw(
    `with due as (
      update staff_contact c set digest_on = :day::date
       where digest and (digest_on is null or digest_on < :day::date) and ${isReachable}
      returning staff_id)
    insert into staff_message (staff_id, kind, key)
    select d.staff_id, 'digest', 'digest/' || :day || '/' || d.staff_id from due d
     where exists (select from task t join reservation r on r.id = t.reservation_id join task_actor a on a.task_id = t.id
                    where a.staff_id = d.staff_id and t.status = 'open' and ${notCalledOff})
    on conflict (key) do nothing`,
    { day },
  );
}
