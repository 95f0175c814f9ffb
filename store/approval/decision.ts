import type { Knex } from 'knex';
import type { MarkedField } from '../../domain/marked-field.ts';
import type { DecisionVerdict } from '../../domain/request.ts';
import type { RevocationReason } from '../../domain/revocation.ts';
import type { ActingWay } from '../../domain/staff-role.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import { AppError } from '../../platform/errors.ts';
import type { Localized } from '../content/content-cache.ts';
import type { RefusalReason } from '../content/refusal-reason.ts';
import { isMoving } from './policy-version.ts';
import { isReturning } from './returning.ts';
import type { Seen } from './seen.ts';
import { keepSignatures } from './signing.ts';

/** What an approver said of a task, beside the request row of the same id: the workflow knows only the id. */

/** SQL over `task_actor m`: somebody's own right before one that they have for somebody else. */
export const rightsInOrder = `array_position(array['own', 'ladder', 'delegate', 'assistant'], m.via)`;

const column = (request: string) => ({ table: 'decision', column: 'reason_enc', row: request });

/** What an approver typed with a decision, in clear; undefined when nothing was. */
export async function findDecisionReason(db: Knex, cipher: FieldCipher, request: string): Promise<string | undefined> {
  const row = await db('decision').where({ request_id: request }).first('reason_enc');
  return row?.reason_enc ? cipher.open(column(request), row.reason_enc) : undefined;
}

/** The same with what stands beside it where a visit was refused or ended: why, from a list. */
export async function findGivenReason(db: Knex, cipher: FieldCipher, request: string): Promise<GivenReason> {
  const row = await db('decision')
    .where({ request_id: request })
    .first('reason_enc', 'revoked_for', 'refused_words', 'marked_fields');
  const reason = row?.reason_enc && cipher.open(column(request), row.reason_enc);
  return {
    ...(reason && { reason }),
    ...(row?.revoked_for && { revokedFor: row.revoked_for }),
    ...(row?.refused_words && { refusedFor: row.refused_words }),
    ...(row?.marked_fields && { marked: row.marked_fields }),
  };
}

/** Why, in the words of a list, and as it was typed. */
export interface GivenReason {
  reason?: string;
  revokedFor?: RevocationReason;
  refusedFor?: Localized;
  /** Names of fields that are to be corrected. */
  marked?: string[];
}

/** What an approver chooses beside their words. */
export interface Listed {
  /** Kept with its words as they are now. */
  refusedFor?: RefusalReason;
  /** Fields of the form that are to be corrected. */
  marked?: MarkedField[];
}

/** Why somebody may act on a task, and for whom: null for their own right. */
export interface ActingRight {
  via: ActingWay;
  behalf: string | null;
}

/**
 * Keeps a decision, with the submission and the department of the task that its request names and the right by which
 * it was taken; the same id again changes nothing.
 *
 * @returns the right by which it was taken; nothing where it was kept before
 * @throws AppError `task_moved` (409) when this person may not act on the task at this moment, or signed beside it;
 *   `policy_moving` (409) while its visit is moved to another version of the policy, `task_returning` (409) while it is sent back
 *   to an earlier step, `sign_other_first` (409) where nobody else could sign another task of the step
 */
export async function keepDecision(
  trx: Knex,
  cipher: FieldCipher,
  decision: {
    request: string;
    reservation: string;
    staff: string;
    verdict: DecisionVerdict;
    reason: string;
    /** What was before them; left out where no page said so. */
    seen?: Pick<Seen, 'hash'>;
  } & Listed,
): Promise<ActingRight | undefined> {
  if (await trx('decision').where({ request_id: decision.request }).first('request_id')) return undefined;
  const asked = await trx('request').where({ id: decision.request }).first(trx.raw(`payload->>'task' as task`));
  if (!asked?.task) throw new AppError('task_moved', { status: 409 });
  await trx.raw(`select pg_advisory_xact_lock(hashtextextended('signing/' || ?, 0))`, [decision.reservation]);
  if (await isMoving(trx, decision.reservation)) throw new AppError('policy_moving', { status: 409 });
  if (await isReturning(trx, decision.reservation, { but: decision.request }))
    throw new AppError('task_returning', { status: 409 });
  // The id as a value: the view would be worked out for every task before a join with the request.
  const decided = await trx('task as t')
    .join('task_actor as m', 'm.task_id', 't.id')
    .whereRaw('t.id = ?::uuid and m.task_id = ?::uuid', [asked.task, asked.task])
    .where({ 'm.staff_id': decision.staff })
    .orderByRaw(rightsInOrder)
    .first('t.id', 't.submission_id', 't.department_id', 'm.via', 'm.behalf');
  if (!decided) throw new AppError('task_moved', { status: 409 });
  const inserted = await trx('decision')
    .insert({
      submission_id: decided.submission_id,
      department_id: decided.department_id,
      via: decided.via,
      behalf_id: decided.behalf,
      request_id: decision.request,
      reservation_id: decision.reservation,
      staff_id: decision.staff,
      verdict: decision.verdict,
      reason_enc: decision.reason ? cipher.seal(column(decision.request), decision.reason) : null,
      refused_for: decision.refusedFor?.id ?? null,
      refused_words: decision.refusedFor ? JSON.stringify(decision.refusedFor.name) : null,
      marked_fields: decision.marked ?? null,
      seen_hash: decision.seen ? Buffer.from(decision.seen.hash, 'hex') : null,
    })
    .onConflict('request_id')
    .ignore()
    .returning('request_id');
  if (inserted.length === 0) return undefined;
  const right: ActingRight = { via: decided.via, behalf: decided.behalf };
  await keepSignatures(trx, { ...decision, task: decided.id, behalf: right.behalf });
  return right;
}
