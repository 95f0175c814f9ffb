import { createHash, randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import type { StaffChannel } from '../messages/staff-letter.ts';
import { type ClosingAnswer, closingAnswer } from './closing-answer.ts';
import { notCalledOff } from './waiting.ts';

/** Links by which one person decides one task, once, without a login. See docs/privacy-and-security.md. */

const hours = 72;
/** Wrong user names, before a link is worthless. */
const mostTries = 5;

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();

/**
 * Where a login is asked for instead: of admins, of people with a second factor or a right to whole document numbers, for
 * tasks of the security desk, for what needs more than one signature, for whoever does not hold the seat themselves or has
 * somebody standing in. What was called off is decided by nobody.
 */
const mayUseLink = `
  not s.is_admin and not s.may_unmask and s.left_at is null
  and not exists (select from staff_second_factor f where f.staff_id = s.id and f.confirmed_at is not null)
  and not exists (select from staff_role r where r.staff_id = s.id and r.role in ('admin', 'security', 'auditor'))
  and t.status = 'open' and ${notCalledOff} and t.role <> 'security' and t.step = 0
  and not exists (select from task o where o.reservation_id = t.reservation_id and o.round = t.round and o.id <> t.id)
  and (select count(*) from asked_signature n where n.submission_id = t.submission_id) <= 1
  and exists (select from task_actor a where a.task_id = t.id and a.staff_id = s.id and a.via = 'own')
  and not exists (select from delegation d where d.staff_id = s.id and d.ended_at is null and d.until_at > now())`;

/** A link in a mail is opened; a button of a messenger's card is pressed there. */
export type LinkChannel = Exclude<StaffChannel, 'wechat'>;

/**
 * @param seen what a button stands beside, as `writeSeen` has it; a link's page says it itself
 * @returns the secret part of the address or of the button, 256 bits; undefined where a login is asked for instead
 */
export async function makeTaskLink(
  db: Knex,
  {
    staff,
    task,
    sentTo,
    channel = 'mail',
    seen,
  }: { staff: string; task: string; sentTo: string; channel?: LinkChannel; seen?: string },
): Promise<string | undefined> {
  const token = randomBytes(32).toString('base64url');
  const { rows } = await db.raw(
    `insert into task_link (token_hash, staff_id, task_id, mark, sent_to, channel, seen, expires_at)
     select :hash, s.id, t.id, m.mark, :sentTo, :channel, :seen::text, least(t.decide_by, now() + :hours * interval '1 hour')
     from task t join reservation r on r.id = t.reservation_id join task_mark m on m.task_id = t.id cross join staff s
     where t.id = :task and s.id = :staff and t.decide_by > now() and ${mayUseLink}
     returning id`,
    { hash: hashOf(token), staff, task, sentTo, channel, seen: seen ?? null, hours },
  );
  return rows.length > 0 ? token : undefined;
}

export interface TaskLink {
  id: string;
  staff: string;
  username: string;
  demo: boolean;
  name: string;
  task: string;
  reservation: string | null;
  sentTo: string;
  /** What stood beside a button. */
  seen: string | null;
  /** Nothing but a login leads further: it is over, used up, or the task is not as it was. */
  good: boolean;
  /** What was decided of the task, by whomever, and not taken back. */
  decided?: ClosingAnswer;
}

/** @param lock until the end of the transaction. @param channel what went by another one is unknown */
export async function findTaskLink(
  db: Knex,
  token: string,
  { lock = false, channel = 'mail' }: { lock?: boolean; channel?: LinkChannel } = {},
): Promise<TaskLink | undefined> {
  const { rows } = await db.raw(
    `select l.id, l.staff_id as staff, s.username, s.name, s.demo, l.task_id as task, l.sent_to as "sentTo", l.seen,
        t.reservation_id as reservation,
        coalesce(l.used_at is null and l.expires_at > now() and l.tries < :mostTries
          and m.mark = l.mark and ${mayUseLink}
          and not exists (select from delegation d where d.staff_id = s.id and d.created_at > l.made_at), false) as good
       from task_link l join staff s on s.id = l.staff_id
       left join task t on t.id = l.task_id
       left join reservation r on r.id = t.reservation_id
       left join task_mark m on m.task_id = l.task_id
      where l.token_hash = :hash and l.channel = :channel ${lock ? 'for update of l' : ''}`,
    { hash: hashOf(token), channel, mostTries },
  );
  const [found] = rows as TaskLink[];
  if (!found) return undefined;
  const { reservation, task: id } = found;
  const decided = reservation ? await closingAnswer(db, { id, reservation }) : undefined;
  const good = found.good && !decided;
  return { ...found, good, ...(decided && { decided }) };
}

/** Counts one try at the user name, before it is looked at. @returns whether there was one left */
export async function takeLinkTry(db: Knex, id: string): Promise<boolean> {
  const taken = await db('task_link')
    .where({ id })
    .where('tries', '<', mostTries)
    .update({ tries: db.raw('tries + 1') });
  return taken > 0;
}

/** Uses it up. The decision has the link's own id: it can be taken once, also by two requests at the same moment. */
export async function useTaskLink(trx: Knex, id: string): Promise<boolean> {
  return (await trx('task_link').where({ id }).whereNull('used_at').update({ used_at: trx.fn.now() })) > 0;
}

/** Whoever still has one of somebody's mails is led to the login from now on. What was decided by a link stays. */
export async function endTaskLinks(trx: Knex, staff: string): Promise<void> {
  await trx('task_link')
    .where({ staff_id: staff, used_at: null })
    .where('expires_at', '>', trx.fn.now())
    .update({ expires_at: trx.fn.now() });
}
