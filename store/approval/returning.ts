import type { Knex } from 'knex';
import { AppError } from '../../platform/errors.ts';
import { isAhead } from '../reservations/behind.ts';
import { givenSignatures } from './given-signature.ts';

/** 退回上一步: somebody with a task sends the visit back to an earlier step of its round. */

export interface EarlierStep {
  /** Counted from 0. */
  step: number;
  /** Who signed it, by name. */
  signers: string[];
}

/** Steps that a task stands behind, the nearest first. */
export async function earlierSteps(db: Knex, task: string): Promise<EarlierStep[]> {
  const { rows } = await db.raw<{ rows: EarlierStep[] }>(
    `select r.step, array(select distinct p.name from ${givenSignatures} join staff p on p.id = g.staff_id
        where g.step = r.step order by p.name) as signers
      from task t join lateral (select distinct n.step from required_now n
        where n.submission_id = t.submission_id and n.step < t.step) r on true
      where t.id = :task order by r.step desc`,
    { task },
  );
  return rows;
}

/** Somebody has sent a visit back, and its rows do not show it yet: which of its signatures count is not settled. */
export async function isReturning(db: Knex, reservation: string, { but }: { but: string }): Promise<boolean> {
  const returning = await db('request as q')
    .join('reservation as r', 'r.id', 'q.reservation_id')
    .where({ 'q.reservation_id': reservation, 'q.kind': 'return_to_step' })
    .whereNot('q.id', but)
    .whereRaw(`(q.status = 'pending' or ${isAhead})`)
    .first('q.id');
  return returning !== undefined;
}

/**
 * Keeps which signatures count no more. The caller holds everybody else who decides on the reservation, as `keepDecision` does.
 *
 * @throws AppError `task_moved` (409) where the task stands behind no such step, or somebody's answer is on its way
 */
export async function keepReturn(
  trx: Knex,
  { request, task, step }: { request: string; task: string; step: number },
): Promise<void> {
  const { rows } = await trx.raw(
    `select from task t where t.id = :task and t.status = 'open' and t.step > :step
        and exists (select from required_now r where r.submission_id = t.submission_id and r.step = :step)
        and not exists (select from request q join reservation r on r.id = q.reservation_id
          where q.reservation_id = t.reservation_id and q.id <> :request and (q.status = 'pending' or ${isAhead})
            and (q.payload->>'task' is not null or q.payload->>'submission' is not null))`,
    { request, task, step },
  );
  if (rows.length === 0) throw new AppError('task_moved', { status: 409 });
  await trx.raw(
    `insert into returned_signature (request_id, decision_id, submission_id, step, ordinal, move_id, whole)
      select distinct :request::uuid, g.request_id, t.submission_id, g.step, g.ordinal, c.move_id,
        not exists (select from signature_now o where o.request_id = g.request_id and o.submission_id = t.submission_id
          and (o.step < :step or ${isAdded('o')}))
      from task t join compiled_now c on c.submission_id = t.submission_id cross join ${givenSignatures}
      where t.id = :task and g.step >= :step and not ${isAdded('g')}`,
    { request, task, step },
  );
}

/** SQL beside `task t`: the signature is of somebody who was added, which stands. */
const isAdded = (
  signature: string,
): string => `exists (select from placed_signer a where a.submission_id = t.submission_id
  and a.step = ${signature}.step and a.ordinal = ${signature}.ordinal)`;
