import type { Knex } from 'knex';
import { takesLastSigner, withoutSigner } from '../../domain/distinct-signers.ts';
import type { SeatAt } from '../../domain/staff-role.ts';
import { someOnlyAudit } from '../staff/auditor.ts';
import { askedSeat, isAskedThere } from './asked-seat.ts';
import { givenSignatures } from './given-signature.ts';
import { keepsToDesk } from './security-desk.ts';
import { standInsOf } from './stand-ins.ts';

/** Who could sign the tasks of a step. Each signature is another person's. */

/** SQL beside `task t`: who has signed another task of its step, also where no task's row shows it yet. */
const signersBeside = `select who.id from ${givenSignatures}
  cross join lateral (values (g.staff_id), (g.behalf_id)) who (id) where g.step = t.step and g.ordinal <> t.ordinal`;

/** SQL beside `task t`: who signs another task once the visitor accepts the time that waits for an answer. */
const proposersBeside = `select who.id from reservation v
  join decision d on d.request_id = v.proposal_id join request q on q.id = d.request_id
  cross join lateral (values (d.staff_id), (d.behalf_id)) who (id)
  where v.id = t.reservation_id and q.payload->>'task' <> t.id::text`;

/** SQL beside `task t`: somebody has signed it, and its row does not show it yet. */
const isSigned = `exists (select from ${givenSignatures}
  where g.step = t.step and g.ordinal = t.ordinal)`;

/** SQL beside `task t`: people at a seat who may sign it. @param seat SQL for its department, role and people */
const holders = ({ department, role, people }: Record<keyof SeatAt, string>) => `array(
  select a.staff_id from acting_staff a where ${people} is null and a.department_id = ${department} and a.role = ${role}
  union select p.id from signing_staff p where p.id = any (${people})
  except select v.staff_id from own_visit v where v.task_id = t.id
  except select b.staff_id from signed_beside b where b.task_id = t.id
  except ${proposersBeside}
  except ${signersBeside})`;

/** SQL beside task `t`: it waits for somebody who was added to it. */
const waitsForAdded = `t.status = 'withdrawn' and exists (select from standing_signer w
  where w.submission_id = t.submission_id and w.to_task = t.id and w.place = 'before')`;

/** A task that is to be signed, and who could, by their own right; ids of staff. */
interface Unsigned {
  task: string;
  signers: string[];
}

export async function unsignedOfStep(db: Knex, task: string): Promise<Unsigned[]> {
  const { rows } = await db.raw<{ rows: Unsigned[] }>(
    `select t.id as task, array(select a.staff_id from task_actor a where a.task_id = t.id and a.behalf is null
          except ${signersBeside}) as signers
      from task of join task t on t.reservation_id = of.reservation_id and t.round = of.round and t.step = of.step
        and (t.status = 'open' or ${waitsForAdded})
      where of.id = :task and not ${isSigned}`,
    { task },
  );
  return rows;
}

/** Its signature is all that its step still needs, beside those of people who were added. */
async function completesStep(db: Knex, task: string): Promise<boolean> {
  const { rows } = await db.raw<{ rows: { completes: boolean }[] }>(
    `select (c.steps->t.step->>'need')::int <= 1 + (select count(distinct g.ordinal) from ${givenSignatures}
        where g.step = t.step and not exists (select from placed_signer n
          where n.submission_id = t.submission_id and n.step = g.step and n.ordinal = g.ordinal))
        and not exists (select from added_signer n where n.task_id = t.id) as completes
      from task t join compiled_now c on c.submission_id = t.submission_id where t.id = :task`,
    { task },
  );
  // What an earlier release admitted has one signature.
  return rows[0]?.completes ?? true;
}

/**
 * Where these people's signature of a task would leave another one of its step with nobody, while that is needed: the task that
 * they have to sign first. Undefined: they may sign this one.
 *
 * @param by who signs, and for whom
 */
export async function signFirst(
  db: Knex,
  { task, by }: { task: string; by: readonly string[] },
): Promise<string | undefined> {
  if (await completesStep(db, task)) return undefined;
  const unsigned = await unsignedOfStep(db, task);
  const signers = unsigned.map((one) => one.signers);
  const own = unsigned.findIndex((one) => one.task === task);
  if (own < 0 || !takesLastSigner(signers, own, by)) return undefined;
  const others = unsigned.filter((one) => one.task !== task);
  const theirs = others.find((one) => by.some((person) => one.signers.includes(person)));
  return (theirs ?? others[0])?.task;
}

/**
 * Whether a task may go to that seat: somebody there could sign it, nobody but the security desk where it is the desk's,
 * nobody is named who stands in for somebody at it or only audits, and every other open task of its step that has a signer of
 * its own now would still have one. A task that is not open is not looked at.
 */
export async function couldTake(db: Knex, { task, to }: { task: string; to: SeatAt }): Promise<boolean> {
  const wanted = holders({
    department: 'cast(:department as uuid)',
    role: 'cast(:role as text)',
    people: 'cast(:people as uuid[])',
  });
  const asked = holders({
    department: 'coalesce(m.department_id, r.department_id, s.department_id)',
    role: `coalesce(m.role, r.role, 'approver')`,
    people: 'case when m.task_id is null then r.people else m.people end',
  });
  const { rows } = await db.raw<{ rows: { id: string; now: string[]; then: string[] }[] }>(
    `select n.*, case when n.id = :task then n.wanted else n.now end as then from (
       select t.id, case when t.id = :task then ${wanted} end as wanted,
         case when ${isAskedThere}
           then array(select a.staff_id from task_actor a where a.task_id = t.id and a.behalf is null)
           else ${asked} end as now
       from task moved
       join task t on t.reservation_id = moved.reservation_id and t.round = moved.round and t.step = moved.step
         and (t.status = 'open' or ${waitsForAdded}) ${askedSeat}
       where moved.id = :task and (t.id = :task or not ${isSigned})) n`,
    { task, department: to.department, role: to.role ?? 'approver', people: to.people ?? null },
  );
  const moved = rows.find(({ id }) => id === task);
  // What is not open goes nowhere: that is said where it is passed on.
  if (!moved) return true;
  if (moved.then.length === 0 || !(await keepsToDesk(db, { task, to }))) return false;
  if (to.people) {
    const standIns = await standInsOf(db, task);
    if (to.people.some((id) => standIns.includes(id)) || (await someOnlyAudit(db, to.people))) return false;
  }
  return withoutSigner(rows.map(({ then }) => then)).length <= withoutSigner(rows.map(({ now }) => now)).length;
}
