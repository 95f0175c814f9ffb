import type { Knex } from 'knex';
import { isReachable, reachableSince } from './staff-contact.ts';

/**
 * Keeps what is new of tasks for everybody whom it concerns and who can be reached: once a task, person and cause, however
 * often it is asked. A task that is older than a person's address is told by the digest alone, so that a new address is not
 * flooded. Call it in the transaction that writes the tasks.
 *
 * @param of a reservation's tasks; left out: all that wait, for what changes without them (somebody left, stands in, or came)
 */
export async function keepTaskNews(trx: Knex, of?: { reservation: string }): Promise<void> {
  const reachable = await trx('staff_contact as c').whereRaw(isReachable).first('staff_id');
  if (!reachable) return;
  const among = of ? 't.reservation_id = :reservation' : `t.status = 'open'`;
  for (const news of [reminded, copied, moved, withdrawn, opened]) await trx.raw(news(among), { ...of });
}

/**
 * SQL: a task `t`, and what stands in the keys of its news since a signature was taken back, a signer added, its visit moved to
 * another version of its policy, or sent back to an earlier step, and it was opened again, at once or in its turn: each opening is news of its own.
 */
const task = `task t cross join lateral (select coalesce((
    select l.reference || '/' from timeline l
     where l.reservation_id = t.reservation_id and l.at <= t.opened_at
       and l.kind in ('decision_withdrawn', 'signer_added', 'signer_removed', 'policy_moved', 'returned_to_step')
     order by l.seq desc limit 1), '') as again) w`;

/** SQL over a message `m`: it went, or goes, since the task was opened. A workflow counts whole milliseconds. */
const since = (m: string) => `(${m}.status <> 'overtaken'
  and date_trunc('milliseconds', coalesce(${m}.closed_at, 'infinity')) > t.opened_at)`;

/** SQL: a message `o` told of this opening. */
const ofThisOpening = `(starts_with(o.key, t.id || '/opened/' || w.again) or ${since('o')})`;

/** SQL: the key of a piece of news, and that it was not told since under the key that has no withdrawal. */
function once(news: string, rest: string): { key: string; isNew: string } {
  const keyed = (again: string) => `t.id || '/${news}/' || ${again} || ${rest}`;
  return {
    key: keyed('w.again'),
    isNew: `not exists (select from staff_message e where e.key = ${keyed(`''`)} and ${since('e')})`,
  };
}

/** Asked after once more since the person was told. */
const reminder = once('reminded', `t.nudges || '.' || least(t.rung, 2) || '/' || o.staff_id`);
const reminded = (among: string) => `
  insert into staff_message (staff_id, kind, key, task_id, reservation_id)
  select distinct on (t.id, o.staff_id) o.staff_id, 'task_reminded', ${reminder.key}, t.id, t.reservation_id
  from ${task}
  join staff_message o on o.task_id = t.id and o.kind = 'task_opened' and ${ofThisOpening}
  join task_actor a on a.task_id = t.id and a.staff_id = o.staff_id
  join staff_contact c on c.staff_id = o.staff_id and ${isReachable}
  where ${among} and t.status = 'open' and (t.nudges > o.nudges or least(t.rung, 2) > o.rung) and ${reminder.isNew}
  on conflict (key) do nothing`;

/** At the second reminder the department's deputies read along. */
const copy = once('copied', 'c.staff_id');
const copied = (among: string) => `
  insert into staff_message (staff_id, kind, key, task_id, reservation_id)
  select distinct c.staff_id, 'task_copied', ${copy.key}, t.id, t.reservation_id
  from ${task}
  join acting_staff d on d.department_id = t.department_id and d.role = 'deputy'
  join staff_contact c on c.staff_id = d.staff_id and ${isReachable}
  where ${among} and t.status = 'open' and t.rung = 2
    and d.held
    and not exists (select from task_actor a where a.task_id = t.id and a.staff_id = d.staff_id)
    and ${copy.isNew}
  on conflict (key) do nothing`;

/** SQL beside task `t`: a task that was passed on is news once more. */
const passedOn = `coalesce((select m.request_id || '/' from moved_seat m where m.task_id = t.id), '')`;

/** To those who were told that it waits for them, by one channel at least. @param now SQL for what has become of it since */
function toTheTold(news: 'moved' | 'withdrawn', now: string): (among: string) => string {
  const { key, isNew } = once(news, `${passedOn} || o.staff_id`);
  return (among) => `
  insert into staff_message (staff_id, kind, key, task_id, reservation_id)
  select o.staff_id, 'task_${news}', ${key}, t.id, t.reservation_id
  from ${task} join staff_message o on o.task_id = t.id and o.kind = 'task_opened' and ${ofThisOpening}
    and (o.status = 'sent' or o.status = 'pending' and exists (
      select from staff_letter_message b join staff_letter l on l.id = b.letter_id
       where b.message_id = o.id and l.outcome = 'accepted'))
  join staff_contact c on c.staff_id = o.staff_id and ${isReachable}
  where ${among} and ${now} and ${isNew}
  on conflict (key) do nothing`;
}

/** It waits, for somebody else. */
const moved = toTheTold(
  'moved',
  `t.status = 'open' and not exists (select from task_actor a where a.task_id = t.id and a.staff_id = o.staff_id)`,
);
const withdrawn = toTheTold('withdrawn', `t.status = 'withdrawn'`);

const opening = once('opened', `${passedOn} || c.staff_id`);
const opened = (among: string) => `
  insert into staff_message (staff_id, kind, key, task_id, reservation_id, nudges, rung)
  select distinct on (t.id, c.staff_id) c.staff_id, 'task_opened', ${opening.key},
    t.id, t.reservation_id, t.nudges, least(t.rung, 2)
  from ${task}
  join task_actor a on a.task_id = t.id
  join staff_contact c on c.staff_id = a.staff_id and ${isReachable}
  where ${among} and t.status = 'open' and greatest(t.opened_at, (select m.moved_at from moved_seat m where m.task_id = t.id))
    >= ${reachableSince} and ${opening.isNew}
  on conflict (key) do nothing`;
