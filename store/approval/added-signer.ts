import type { Knex } from 'knex';
import { type AddedPlace, mostAddedSigners } from '../../domain/added-signer.ts';
import { withoutSigner } from '../../domain/distinct-signers.ts';
import type { CompiledPolicy } from '../../domain/projection.ts';
import { AppError } from '../../platform/errors.ts';
import { onlyAudits } from '../staff/auditor.ts';
import { askedSeat, isAskedThere } from './asked-seat.ts';
import { givenSignatures } from './given-signature.ts';
import { unsignedOfStep } from './step-signers.ts';

/** 加签: people whose signature was asked for at a task beside what the policy asks. */

/**
 * Why nobody can be added to a task, or not this person. `added`: it is itself the task of somebody who was added; `many`: it
 * has as many as it may; `visits`: it is their own visit; `signed`, `named`: they have signed in this round, or are to;
 * `audits`: they look and never decide; `part`: they alone could sign another task of the step.
 */
export type WhyNotAdded = 'added' | 'many' | 'visits' | 'signed' | 'named' | 'audits' | 'part';

/** A task that is not open is not looked at: that is said where somebody is added. */
export async function whyNotAdded(
  db: Knex,
  { task, person }: { task: string; person?: string },
): Promise<WhyNotAdded | undefined> {
  const { rows } = await db.raw<{ rows: { why: WhyNotAdded | null }[] }>(
    `select case
        when exists (select from added_signer a where a.task_id = t.id) then 'added'
        when (select count(*) from standing_signer a where a.submission_id = t.submission_id and a.to_task = t.id) >= :most then 'many'
        when exists (select from own_visit v where v.task_id = t.id and v.staff_id = :person::uuid) then 'visits'
        when exists (select from ${givenSignatures} where :person::uuid in (g.staff_id, g.behalf_id)) then 'signed'
        when exists (select from standing_signer a where a.submission_id = t.submission_id and a.staff_id = :person::uuid)
          then 'named'
        when :person::uuid is not null and ${onlyAudits(':person::uuid')} then 'audits' end as why
      from task t where t.id = :task and t.status = 'open'`,
    { task, person: person ?? null, most: mostAddedSigners },
  );
  if (!rows[0] || rows[0].why || person === undefined) return rows[0]?.why ?? undefined;
  const now = (await unsignedOfStep(db, task)).map(({ signers }) => signers);
  return withoutSigner([...now, [person]]).length > withoutSigner(now).length ? 'part' : undefined;
}

/** As a workflow is told of them, beside what the policy asks. */
export async function addedSignatures(db: Knex, submission: string): Promise<CompiledPolicy['signatures']> {
  const rows = await db('standing_signer').where({ submission_id: submission }).orderBy(['step', 'ordinal']);
  return rows.map(
    ({ step, ordinal, department_id: department, staff_id, task_id: task, to_task: to, place, request_id }) => ({
      step,
      ordinal,
      department,
      people: [staff_id],
      task,
      added: { to, place, request: request_id },
    }),
  );
}

/** A policy was kept as rows for what the task decides about, so that a signature more can be proved. */
export const mayAskMore = async (db: Knex, submission: string): Promise<boolean> =>
  (await db('compiled_policy').where({ submission_id: submission }).first('submission_id')) !== undefined;

/** SQL beside task `t`: the next number in its step that no signature has had. */
const nextOrdinalOf = `select coalesce(max(n.ordinal), 0)::int + 1 from (
  select ordinal from required_signature n where n.submission_id = t.submission_id and n.step = t.step
  union all select ordinal from added_signer n where n.submission_id = t.submission_id and n.step = t.step
  union all select m.ordinal from moved_signer m join added_signer n on n.task_id = m.task_id
    where n.submission_id = t.submission_id and m.step = t.step
  union all select ordinal from task n where n.reservation_id = t.reservation_id and n.submission_id = t.submission_id and n.step = t.step) n`;

export async function nextOrdinal(db: Knex, task: string): Promise<number> {
  const { rows } = await db.raw<{ rows: { ordinal: number }[] }>(
    `select (${nextOrdinalOf}) as ordinal from task t where t.id = :task`,
    { task },
  );
  return rows[0]?.ordinal ?? 0;
}

interface Added {
  request: string;
  task: string;
  place: AddedPlace;
  signer: { task: string; ordinal: number; department: string; person: string };
}

/**
 * The caller holds everybody else who decides on the reservation, as `keepDecision` does.
 *
 * @throws AppError `task_moved` (409) where somebody has answered the task meanwhile, or this person cannot be added any more
 */
export async function keepAddedSigner(trx: Knex, { request, task, place, signer }: Added): Promise<void> {
  if (await whyNotAdded(trx, { task, person: signer.person })) throw new AppError('task_moved', { status: 409 });
  const { rows } = await trx.raw(
    `insert into added_signer (request_id, submission_id, step, ordinal, task_id, to_task, place, department_id, staff_id)
     select :request, t.submission_id, t.step, :ordinal, :signer, t.id, :place, t.department_id, p.id
     from task t ${askedSeat} join staff p on p.id = :person and p.left_at is null
     where t.id = :task and t.status = 'open' and ${isAskedThere}
       and :ordinal = (${nextOrdinalOf})
       and not exists (select from request q where q.reservation_id = t.reservation_id and q.id <> :request
         and q.payload->>'task' = t.id::text and q.status = 'pending')
     returning task_id`,
    { request, task, place, signer: signer.task, ordinal: signer.ordinal, person: signer.person },
  );
  if (rows.length === 0) throw new AppError('task_moved', { status: 409 });
}

/** Beside its request and decision. @throws AppError `task_moved` (409) where it cannot be taken back any more */
export async function checkRemoval(
  trx: Knex,
  { request, task, signer }: { request: string; task: string; signer: string },
) {
  const { rows } = await trx.raw(
    `select from placed_signer a join request q on q.id = a.request_id and q.status <> 'refused'
      where a.task_id = :signer and a.to_task = :task
        and not exists (select from request w where w.kind = 'remove_signer' and w.payload->>'signer' = a.task_id::text
          and w.status <> 'refused' and w.id <> :request)
        and not exists (select from (select a.submission_id) t cross join ${givenSignatures}
          where g.step = a.step and g.ordinal = a.ordinal)`,
    { request, task, signer },
  );
  if (rows.length === 0) throw new AppError('task_moved', { status: 409 });
}

export interface AddedSigner {
  task: string;
  name: string;
  place: AddedPlace;
  /** The request, and decision, that added them. */
  request: string;
  by: string;
  at: Date;
  /** `later`: their turn has not come; `over`: nobody needs it any more. */
  state: 'later' | 'asked' | 'signed' | 'refused' | 'removed' | 'over';
}

/** Who was added to a task, or to which task its signer was added. */
export async function addedSigners(db: Knex, task: string): Promise<AddedSigner[]> {
  const { rows } = await db.raw<{ rows: AddedSigner[] }>(
    `select a.task_id as task, p.name, a.place, a.request_id as request, d.staff_id as by, a.added_at as at,
        case when n.task_id is null then 'removed' when t.status = 'approved' then 'signed'
          when t.status = 'open' then 'asked' when t.status in ('rejected', 'returned') then 'refused'
          when r.stage in ('approval') or exists (select from task o where o.id = n.to_task and o.status = 'open') then 'later'
          else 'over' end as state
      from added_signer a
      left join placed_signer w on w.task_id = a.task_id
      join request q on q.id = a.request_id and q.status <> 'refused'
      join reservation r on r.id = q.reservation_id
      join decision d on d.request_id = a.request_id join staff p on p.id = a.staff_id
      left join standing_signer n on n.task_id = a.task_id left join task t on t.id = a.task_id
      where :task in (a.to_task, a.task_id, w.to_task)
        and a.submission_id = (select k.submission_id from task k where k.id = :task)
      order by a.added_at, a.task_id`,
    { task },
  );
  return rows;
}
