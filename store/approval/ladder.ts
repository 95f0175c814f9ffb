import type { Knex } from 'knex';
import { isReachable } from '../messages/staff-contact.ts';

/** Which rungs of the ladder lie ahead of a task, and which tasks wait for people whom nobody can tell. */

/**
 * SQL over these tasks. `stuck`: nobody of those who may act can be told any more – an address or a WeChat is at fault, and none
 * has a channel that works –, or none of them holds the role, so that a reminder would be for nobody. `ahead`: the rungs that
 * remind somebody, or let somebody act who may not yet.
 */
const ladderOf = `
  with waiting as materialized (select id, reservation_id, department_id, role, rung from task where id = any (:tasks)),
  actor as materialized (
    select a.task_id, a.staff_id, a.held, (c.email_fault is not null or c.wechat_fault is not null) as lost,
      ${isReachable} as reached
    from task_actor a left join staff_contact c on c.staff_id = a.staff_id where a.task_id = any (:tasks)),
  office as materialized (
    select department_id, role, staff_id from acting_staff
    where held and role in ('deputy', 'head', 'security') and department_id in (select department_id from waiting)),
  stuck as materialized (
    select w.*, coalesce(not bool_or(a.held) or bool_or(a.lost) and not bool_or(a.reached is true), true) as stuck
    from waiting w left join actor a on a.task_id = w.id group by w.id, w.reservation_id, w.department_id, w.role, w.rung),
  ahead as (
    select s.id as task, r.rung from stuck s cross join generate_series(1, 4) as r (rung)
    where r.rung > s.rung and case when r.rung <= 2 then not s.stuck else exists (
      select from office o where o.department_id = s.department_id
        and (r.rung = 4) = (o.role = 'security') and (r.rung = 4 or s.role <> 'security')
        and not exists (select from own_visit v where v.task_id = s.id and v.staff_id = o.staff_id)
        and not exists (select from actor a where a.task_id = s.id and a.staff_id = o.staff_id and a.held)) end)`;

/**
 * By task the rungs that do something, lowest first; a rung for which there is nobody is left out.
 * @throws Error when a task is not in the rows yet
 */
export async function rungsAhead(db: Knex, tasks: string[]): Promise<Map<string, number[]>> {
  const { rows } = await db.raw<{ rows: { task: string; rungs: number[] | null }[] }>(
    `${ladderOf} select w.id as task, array_agg(a.rung order by a.rung) filter (where a.rung is not null) as rungs
      from waiting w left join ahead a on a.task = w.id group by w.id`,
    { tasks },
  );
  if (rows.length < tasks.length) throw new Error('A task that is not in the rows yet has no ladder');
  return new Map(rows.map(({ task, rungs }) => [task, rungs ?? []]));
}

export interface StuckTask {
  reservation: string;
  task: string;
  rung: number;
}

/**
 * Tasks that are stuck while a rung ahead has somebody, some of all at a time.
 * @param page where the look before ended
 * @returns `after`: where the next one begins; undefined at the end
 */
export async function stuckTasks(
  db: Knex,
  page: { limit: number; after?: string | undefined },
): Promise<{ stuck: StuckTask[]; after?: string | undefined }> {
  const tasks = await mayBeStuck(db, page);
  if (tasks.length === 0) return { stuck: [] };
  const { rows } = await db.raw<{ rows: StuckTask[] }>(
    `${ladderOf} select s.reservation_id as reservation, s.id as task, s.rung from stuck s
      where s.stuck and exists (select from ahead a where a.task = s.id) order by s.id`,
    { tasks },
  );
  return { stuck: rows, after: tasks.length < page.limit ? undefined : tasks.at(-1) };
}

/**
 * By department and role, since most tasks of an inbox are alike, and those that somebody may not sign: who comes or hosts, or has
 * signed beside it; what is none is sorted out by who may act on each. What was admitted before policies were kept as rows has no ladder.
 */
async function mayBeStuck(
  db: Knex,
  { limit, after }: { limit: number; after?: string | undefined },
): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { id: string }[] }>(
    `with wait as materialized (
        select distinct department_id, role from task where status = 'open' and rung < 4 and people is null),
      seat as materialized (
        select w.department_id, w.role, bool_or(a.held) is true as held,
          bool_or(${isReachable}) is true as reached
        from wait w left join acting_staff a on a.department_id = w.department_id and a.role = w.role
        left join staff_contact c on c.staff_id = a.staff_id group by 1, 2),
      visitor_too as materialized (
        select v.id from staff_contact c join visitor v on v.openid_hash = c.openid_hash and v.superseded_at is null)
    select t.id from task t left join seat s on s.department_id = t.department_id and s.role = t.role
     where t.status = 'open' and t.rung < 4
       and exists (select from compiled_policy c where c.submission_id = t.submission_id)
       and (t.people is not null or not s.held or not s.reached and exists (select from unreachable_staff)
         or exists (select from required_signature r where r.submission_id = t.submission_id and r.step = t.step
           and r.ordinal = t.ordinal and r.not_by is not null)
         or exists (select from task o where o.reservation_id = t.reservation_id and o.round = t.round and o.step = t.step
           and o.ordinal <> t.ordinal and o.status = 'approved')
         or exists (select from placed_signer n where n.submission_id = t.submission_id and n.step = t.step)
         or t.reservation_id in (select r.id from visitor_too v join reservation r on r.visitor_id = v.id)
         or t.submission_id in (select p.submission_id from visitor_too v join reservation_person p on p.visitor_id = v.id))
       and (:after::uuid is null or t.id > :after)
     order by t.id limit :limit`,
    { limit, after: after ?? null },
  );
  return rows.map(({ id }) => id);
}
