import type { Knex } from 'knex';
import type { Approval } from '../../domain/withdrawal.ts';
import { AppError } from '../../platform/errors.ts';

/**
 * SQL over a decision, or its request: its approver has not taken it back, and is not about to, and nobody sent the visit back to
 * its step.
 */
export const stillGiven = (decision: string, id = 'request_id'): string =>
  `(not exists (select from withdrawn_decision w where w.request_id = ${decision}.${id}::text)
    and not exists (select from signature_sent_back b where b.decision_id = ${decision}.${id} and b.whole))`;

/** SQL beside task `t` and reservation `r`: what stands rests on this approval. What only narrowed what was approved has none of its own. */
const stands = 't.submission_id = coalesce(r.approved_submission_id, r.submission_id)';

/** The approval of a task that this person gave, or that was given for them; undefined where there is none to take back. */
export async function ownApproval(
  db: Knex,
  staff: string,
  task: string,
): Promise<({ decision: string } & Approval) | undefined> {
  const row = await db('task as t')
    .join('decision as d', 'd.request_id', 't.decision_id')
    .join('reservation as r', 'r.id', 't.reservation_id')
    .where({ 't.id': task, 't.status': 'approved', 'd.verdict': 'approved' })
    .where((own) => own.where('d.staff_id', staff).orWhere('d.behalf_id', staff))
    .whereRaw(stillGiven('d'))
    .first(
      'd.request_id as decision',
      'r.visit_from',
      db.raw(`not ${stands} as replaced`),
      db.raw('r.change_submission_id is not null as changing'),
      db.raw(
        `exists (select from gate_event g where g.reservation_id = r.id and g.direction = 'in' and g.annulled_at is null) as entered`,
      ),
    );
  return row && { ...row, from: row.visit_from.getTime() };
}

/** Beside its request and decision. @throws AppError `task_moved` (409) where it is not theirs to take back any more */
export async function checkWithdrawal(
  trx: Knex,
  { request, task, decision, staff }: { request: string; task: string; decision: string; staff: string },
): Promise<void> {
  const row = await trx('decision as d')
    .join('task as t', 't.decision_id', 'd.request_id')
    .where({ 'd.request_id': decision, 't.id': task })
    .where((own) => own.where('d.staff_id', staff).orWhere('d.behalf_id', staff))
    .whereRaw(
      `not exists (select from request q where q.kind = 'withdraw_decision' and q.payload->>'decision' = ?
        and q.id <> ?::uuid and q.status <> 'refused')`,
      [decision, request],
    )
    .first('d.request_id');
  if (!row) throw new AppError('task_moved', { status: 409 });
}

/**
 * Whether an approval is `asked` to be taken back, a visit to be sent back to an earlier step, or a signer to be added, and that is
 * not answered yet, or an approval was `taken` back by a later transition than `seq`. `shown`: rows say that it was taken back later, and its answer may be on its way.
 */
export async function withdrawalSince(
  trx: Knex,
  { reservation, seq }: { reservation: string; seq: number },
): Promise<{ asked: boolean; taken: boolean; shown: boolean }> {
  const later = trx('timeline')
    .where({ reservation_id: reservation, kind: 'decision_withdrawn' })
    .where('seq', '>', seq);
  return trx('request')
    .where({ reservation_id: reservation })
    .whereIn('kind', ['withdraw_decision', 'add_signer', 'return_to_step'])
    .first(
      trx.raw(`coalesce(bool_or(status = 'pending'), false) as asked`),
      trx.raw(
        `coalesce(bool_or(kind = 'withdraw_decision' and status = 'answered' and (answer->>'seq')::int > ?), false) as taken`,
        [seq],
      ),
      trx.raw('exists ? as shown', [later]),
    );
}
