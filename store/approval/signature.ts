import type { Knex } from 'knex';
import type { FieldCipher } from '../../platform/crypto.ts';
import { readSubmission, type Submission } from '../reservations/submission.ts';
import { acceptedProposals } from './given-signature.ts';
import { stillGiven } from './withdrawal.ts';

/**
 * Whether a submission has every signature it needs, by rows that `web` wrote for staff who had the right then, and
 * not by what a workflow was told: in each step that admission compiled, enough, each by another person.
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
    if (await isSignedInEveryStep(db, id)) return true;
    if ((await needsDepartmentOnly(db, id)) && ((await isApproved(db, id)) || (await isProposedTime(db, id))))
      return true;
    id = await approvedBefore(db, { cipher, narrows }, id);
  }
  return false;
}

/** SQL over a decision `d` of a required signature `r`. */
const mayGive = '(r.not_by && array[d.staff_id, d.behalf_id]) is not true';

/**
 * Who was added to a task has signed as well, and does not count for the policy.
 * Signatures count that were given for this submission, by the version of the policy that it goes by now, or for the time
 * that it accepted by the same seat; of those, each person once, and of those who may not give one none. For somebody else
 * counts once for both.
 */
async function isSignedInEveryStep(db: Knex, submission: string): Promise<boolean> {
  const { rows } = await db.raw<{ rows: { signed: boolean | null }[] }>(
    `with added as (${unsignedAdded}), given as (
        select g.step, g.ordinal, d.staff_id, coalesce(d.behalf_id, d.staff_id) as for_id
        from signature_now g
        join required_now r on r.submission_id = g.submission_id and r.step = g.step and r.ordinal = g.ordinal
        join submission s on s.id = g.submission_id
        join decision d on d.request_id = g.request_id and d.verdict = 'approved'
        join request q on q.id = d.request_id and q.kind = 'decide' and q.status <> 'refused'
          and q.actor_kind = 'staff' and q.actor_id = d.staff_id and q.reservation_id = s.reservation_id
        where g.submission_id = :submission and ${stillGiven('d')} and ${mayGive}
        union all
        select g.step, g.ordinal, d.staff_id, coalesce(d.behalf_id, d.staff_id)
        from ${acceptedProposals}
        where s.id = :submission and ${mayGive}
      )
      select bool_and((step.asked->>'need')::int <= (select least(count(distinct ordinal), count(distinct staff_id),
          count(distinct for_id)) from given where given.step = step.number - 1))
        and not exists (select from added) as signed
      from compiled_now c cross join lateral jsonb_array_elements(c.steps) with ordinality step (asked, number)
      where c.submission_id = :submission`,
    { submission },
  );
  return rows[0]?.signed === true;
}

/** SQL: signers who were added to a task of this submission, and whose decision is not there. */
const unsignedAdded = `select a.task_id from standing_signer a
  join submission s on s.id = a.submission_id
  where a.submission_id = :submission and not exists (select from signature_now g
    join decision d on d.request_id = g.request_id and d.verdict = 'approved'
    join request q on q.id = d.request_id and q.kind = 'decide' and q.status <> 'refused'
      and q.actor_kind = 'staff' and q.actor_id = d.staff_id and q.reservation_id = s.reservation_id
    where g.submission_id = a.submission_id and g.step = a.step and g.ordinal = a.ordinal and ${stillGiven('d')})`;

/** Compiled by an earlier release, which kept no rows of it: one signature of the visited department. */
async function needsDepartmentOnly(db: Knex, submission: string): Promise<boolean> {
  return (await db('required_signature').where({ submission_id: submission }).first('step')) === undefined;
}

/** SQL beside submission `s` and request `q`: where its task was passed on to by somebody with the right, else the visited one. */
const askedDepartment = `coalesce((select m.department_id from moved_seat m where m.task_id::text = q.payload->>'task'),
  s.department_id)`;

/** The department approved it. */
async function isApproved(db: Knex, submission: string): Promise<boolean> {
  const approval = await db('decision as d')
    .join('request as q', 'q.id', 'd.request_id')
    .join('submission as s', 's.id', 'd.submission_id')
    .where({ 's.id': submission, 'd.verdict': 'approved', 'q.kind': 'decide', 'q.actor_kind': 'staff' })
    .whereRaw('q.reservation_id = s.reservation_id and q.actor_id = d.staff_id')
    .whereRaw(`d.department_id = ${askedDepartment}`)
    .whereNot('q.status', 'refused')
    .whereRaw(stillGiven('d'))
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
    .join('request as q', 'q.id', 'p.request_id')
    .join('reservation as r', 'r.id', 's.reservation_id')
    .where({ 's.id': submission, 'd.verdict': 'proposed', 'a.actor_kind': 'visitor' })
    .whereRaw(`a.actor_id = r.visitor_id and d.department_id = ${askedDepartment}`)
    .whereRaw('p.visit_from = s.visit_from and p.visit_until = s.visit_until')
    .whereNot('a.status', 'refused')
    .whereRaw(stillGiven('d'))
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
