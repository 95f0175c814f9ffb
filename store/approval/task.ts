import type { Knex } from 'knex';
import type { DecisionVerdict } from '../../domain/request.ts';
import type { Outcome, Stage } from '../../domain/reservation.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import type { Localized } from '../content/content-cache.ts';
import { layOver } from '../reservations/behind.ts';
import { type ActingRight, rightsInOrder } from './decision.ts';
import { isTouched, linesOf, readTaskLine, type TaskLine } from './task-line.ts';

/**
 * A task is one required signature; only tasks that a staff member may act on right now exist for them, so every look-up
 * goes through `task_actor` and anything else is simply not found.
 */

export interface Task extends TaskLine {
  /** The earlier submission that it departs from. */
  base: string | null;
  /** Whether the department's directory has somebody of the host's name; null: it does not say. */
  hostFound: true | null;
  stage: Stage;
  outcome: Outcome | null;
  /** An earlier step is asked anew: it is asked again once that is signed. */
  askedLater: boolean;
  /** Somebody was added who signs before it. */
  waitsForSigner: boolean;
  /** Another time that was proposed and waits for the visitor's answer. */
  proposal: string | null;
  decision:
    | ({
        request: string;
        staff: string;
        verdict: DecisionVerdict;
        reason: string | null;
        refusedFor: Localized | null;
        /** Fields that were marked to be corrected. */
        marked: string[] | null;
        at: Date;
      } & Partial<ActingRight>)
    | null;
  /** The member of staff who reads it. */
  reader: string;
  /** By what right the reader acts. */
  right: ActingRight;
}

/** One task as this staff member may see it; undefined when it is another department's or nobody's. */
export async function findTaskFor(
  db: Knex,
  cipher: FieldCipher,
  staff: string,
  task: string,
): Promise<Task | undefined> {
  const row = await linesOf(db)
    .where('t.id', task)
    // Looked for once, with the id as a value: the view takes long to be planned and to be begun.
    .joinRaw(
      `cross join lateral (select m.via, m.behalf from task_actor m where m.task_id = ? and m.staff_id = ?
        order by ${rightsInOrder} limit 1) a`,
      [task, staff],
    )
    .leftJoin('decision as d', 'd.request_id', 't.decision_id')
    .select(
      's.base_id',
      's.host_id',
      'r.stage',
      'r.outcome',
      'r.proposal_id',
      'd.request_id as decision_id',
      'd.staff_id as decided_by',
      'd.verdict',
      'd.reason_enc',
      'd.refused_words',
      'd.marked_fields',
      'd.created_at as decided_at',
      'd.via',
      'd.behalf_id',
      db.raw(`t.status = 'withdrawn' and exists (select from task e
        where e.reservation_id = t.reservation_id and e.submission_id = t.submission_id and e.round = t.round
          and e.step < t.step and e.status = 'open') as asked_later`),
      db.raw(`t.status = 'withdrawn' and r.stage <> 'closed' and exists (select from standing_signer a join task e on e.id = a.task_id
        where a.submission_id = t.submission_id and a.to_task = t.id and a.place = 'before' and e.status = 'open') as waits_for_signer`),
      'a.via as acting_via',
      'a.behalf as acting_behalf',
    )
    .first();
  if (!row) return undefined;
  const open = (table: string, column: string, id: string, data: Buffer | null) =>
    data && cipher.open({ table, column, row: id }, data);
  return {
    ...readTaskLine(cipher, row),
    ...layOver({ stage: row.stage, outcome: row.outcome }, row.ahead),
    behind: row.status === 'open' && isTouched(row.ahead),
    base: row.base_id,
    hostFound: row.host_id ? true : null,
    askedLater: row.asked_later,
    waitsForSigner: row.waits_for_signer,
    proposal: row.proposal_id,
    decision: row.decision_id && {
      request: row.decision_id,
      staff: row.decided_by,
      verdict: row.verdict,
      reason: open('decision', 'reason_enc', row.decision_id, row.reason_enc),
      refusedFor: row.refused_words,
      marked: row.marked_fields,
      at: row.decided_at,
      ...(row.behalf_id && { via: row.via, behalf: row.behalf_id }),
    },
    reader: staff,
    right: { via: row.acting_via, behalf: row.acting_behalf },
  };
}
