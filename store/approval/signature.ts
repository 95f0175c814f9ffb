import type { Knex } from 'knex';
import type { FieldCipher } from '../../platform/crypto.ts';
import { readSubmission, type Submission } from '../reservations/submission.ts';

/**
 * Whether a submission has every signature it needs, by rows that `web` wrote for staff who had the right then, and
 * not by what a workflow was told. One signature is needed today, that of the department that is visited.
 */

/** Whether a change stays within what was approved, see activities/narrowing.ts. */
export type Narrows = (standing: Submission, wished: Submission, ordinals: number[]) => boolean;

/** A visit has at most twenty changes; each may depart from the one before. */
const mostSteps = 21;

export async function hasEverySignature(
  db: Knex,
  { cipher, narrows }: { cipher: FieldCipher; narrows: Narrows },
  submission: string,
): Promise<boolean> {
  for (let id: string | null = submission, step = 0; id !== null && step < mostSteps; step += 1) {
    if (await isApproved(db, id)) return true;
    if (await isProposedTime(db, id)) return true;
    id = await approvedBefore(db, { cipher, narrows }, id);
  }
  return false;
}

/** The department approved it. */
async function isApproved(db: Knex, submission: string): Promise<boolean> {
  const approval = await db('decision as d')
    .join('request as q', 'q.id', 'd.request_id')
    .join('submission as s', 's.id', 'd.submission_id')
    .where({ 's.id': submission, 'd.verdict': 'approved', 'q.kind': 'decide', 'q.actor_kind': 'staff' })
    .whereRaw('q.reservation_id = s.reservation_id and q.actor_id = d.staff_id and d.department_id = s.department_id')
    .whereNot('q.status', 'refused')
    .first('d.request_id');
  return approval !== undefined;
}

/** The department proposed this very time, and the visitor accepted it. */
async function isProposedTime(db: Knex, submission: string): Promise<boolean> {
  const accepted = await db('submission as s')
    .joinRaw(`join request as a on a.kind = 'answer_proposal' and a.reservation_id = s.reservation_id
      and a.payload->>'submission' = s.id::text and a.payload->>'accept' = 'true'`)
    .joinRaw(`join proposal as p on p.request_id = (a.payload->>'proposal')::uuid`)
    .join('decision as d', 'd.request_id', 'p.request_id')
    .join('reservation as r', 'r.id', 's.reservation_id')
    .where({ 's.id': submission, 'd.verdict': 'proposed', 'a.actor_kind': 'visitor' })
    .whereRaw('a.actor_id = r.visitor_id and d.department_id = s.department_id')
    .whereRaw('p.visit_from = s.visit_from and p.visit_until = s.visit_until')
    .whereNot('a.status', 'refused')
    .first('s.id');
  return accepted !== undefined;
}

/** The submission that this one only narrows, where its visitor asked for that. */
async function approvedBefore(
  db: Knex,
  { cipher, narrows }: { cipher: FieldCipher; narrows: Narrows },
  submission: string,
): Promise<string | null> {
  const asked = await db('request as q')
    .join('reservation as r', 'r.id', 'q.reservation_id')
    .where({ 'q.kind': 'change', 'q.actor_kind': 'visitor' })
    .whereRaw(`q.payload->>'submission' = ? and q.actor_id = r.visitor_id`, [submission])
    .whereNot('q.status', 'refused')
    .first('q.id');
  const wished = asked && (await readSubmission(db, cipher, submission));
  const standing = wished?.base && (await readSubmission(db, cipher, wished.base));
  if (!wished || !standing || standing.reservation !== wished.reservation) return null;
  const party = [...standing.people, ...standing.awaited].map(({ ordinal }) => ordinal);
  return narrows(standing, wished, party) ? standing.id : null;
}
