import type { Knex } from 'knex';
import type { DecisionVerdict } from '../../domain/request.ts';
import type { FieldCipher } from '../../platform/crypto.ts';

/** What an approver said of a task, beside the request row of the same id: the workflow knows only the id. */

const column = (request: string) => ({ table: 'decision', column: 'reason_enc', row: request });

/** What an approver typed with a decision, in clear; undefined when nothing was. */
export async function findDecisionReason(db: Knex, cipher: FieldCipher, request: string): Promise<string | undefined> {
  const row = await db('decision').where({ request_id: request }).first('reason_enc');
  return row?.reason_enc ? cipher.open(column(request), row.reason_enc) : undefined;
}

/**
 * Keeps a decision, with the submission and the department of the task that its request names; the same id again changes
 * nothing.
 *
 * @returns whether it was new.
 */
export async function keepDecision(
  trx: Knex,
  cipher: FieldCipher,
  decision: { request: string; reservation: string; staff: string; verdict: DecisionVerdict; reason: string },
): Promise<boolean> {
  const decided = await trx('request as q')
    .joinRaw(`join task as t on t.id::text = q.payload->>'task'`)
    .where('q.id', decision.request)
    .first('t.submission_id', 't.department_id');
  const inserted = await trx('decision')
    .insert({
      submission_id: decided?.submission_id ?? null,
      department_id: decided?.department_id ?? null,
      request_id: decision.request,
      reservation_id: decision.reservation,
      staff_id: decision.staff,
      verdict: decision.verdict,
      reason_enc: decision.reason ? cipher.seal(column(decision.request), decision.reason) : null,
    })
    .onConflict('request_id')
    .ignore()
    .returning('request_id');
  return inserted.length > 0;
}
