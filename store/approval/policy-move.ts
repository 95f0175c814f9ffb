import type { Knex } from 'knex';
import { keptSignatures, seatKey } from '../../domain/kept-signatures.ts';
import type { Placed } from '../../domain/placed-signers.ts';
import { type PolicyDocument, parsePolicy } from '../../domain/policy.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import { type CompiledStep, type Compiling, compileSteps } from './compiling.ts';
import { type Placing, placeSigners } from './placing.ts';
import type { Given, PlannedSeat } from './planned-seat.ts';
import { actorsOf, climb, type RequiredSeat, type Visited } from './seats.ts';
import { passedOn, type SignerToMove, signersToMove } from './signers-to-move.ts';
import { stillGiven } from './withdrawal.ts';

/** What a visit that waits would need by another version of its policy, and which of its signatures would stay. */

export interface MovePlan {
  version: string;
  once: boolean;
  steps: Omit<CompiledStep, 'seats'>[];
  seats: PlannedSeat[];
  /** Who was added, where they would stand. */
  added: Placed<SignerToMove>[];
  /** Decisions that count today and would not any more. */
  dropped: { staff: string; at: Date }[];
}

/**
 * Why it may not be moved to that version. `signers_added`: a signature would be left with nobody, since each of a step is
 * another person's and who was added gives one.
 */
export type WhyNotMoved = 'not_its_policy' | 'signers_added';

export async function planMove(
  db: Knex,
  cipher: FieldCipher,
  { version, ...compiling }: Compiling & { version: string },
): Promise<MovePlan | WhyNotMoved> {
  const document = await documentToMoveTo(db, { version, ...compiling });
  if (!document) return 'not_its_policy';
  const { steps, visited } = await compileSteps(db, cipher, document, compiling);
  const seats: PlannedSeat[] = [];
  for (const [step, { seats: asked }] of steps.entries()) {
    for (const [ordinal, seat] of asked.entries()) {
      seats.push({ ...seat, step, ordinal, actors: await actorsOf(db, seat, visited) });
    }
  }
  const { submission } = compiling;
  const given = await signaturesGiven(db, submission);
  const signers = await signersToMove(db, submission, visited);
  const passed: { seat: string; actors: string[] }[] = [];
  for (const { seat, to } of await passedOn(db, submission))
    passed.push({ seat, actors: await actorsOf(db, to, visited) });
  const placed = await placeAll(db, visited, { steps, seats, signers, passed, given, document });
  if (!placed) return 'signers_added';
  const stays = new Set(placed.seats.map(({ signed }) => signed?.decision));
  const leaves = ({ task, to, signed }: SignerToMove) =>
    to && signed && !placed.added.some((one) => one.task === task) ? [signed] : [];
  return {
    version,
    once: document.once,
    steps: steps.map(({ seats: _, ...step }) => step),
    ...placed,
    dropped: [
      ...given.filter(
        ({ decision, counts }, n) =>
          counts && !stays.has(decision) && given.findIndex((one) => one.decision === decision && one.counts) === n,
      ),
      ...signers.flatMap(leaves),
    ],
  };
}

/**
 * A seat that nobody is left for – who was added gives no other signature of the step, and what was passed on stays theirs – is
 * asked of those above, as at admission.
 */
async function placeAll(db: Knex, visited: Visited, { seats, ...asked }: Omit<Placing, 'keep'> & Keeping) {
  const ended = new Set<number>();
  for (;;) {
    const { placed, blocked } = placeSigners({ ...asked, seats, keep: keeping({ ...asked, seats }) });
    const isBlocked = ({ step, ordinal }: PlannedSeat) =>
      blocked.some((one) => one.step === step && one.ordinal === ordinal);
    const at = seats.findIndex((seat, n) => isBlocked(seat) && !ended.has(n));
    const seat = seats[at];
    if (!seat) return placed;
    const above = await climb(db, seat, visited);
    if (!above || above.last) ended.add(at);
    if (above) {
      const actors = await actorsOf(db, above.seat, visited);
      seats = seats.with(at, { ...seat, ...above.seat, actors });
    }
  }
}

/** The seats with what stays signed of them, where these people were added: they sign nothing else of their step. */
function keeping({ steps, seats, given, document }: Keeping) {
  return (added: readonly Placed<SignerToMove>[]): PlannedSeat[] => {
    const namedIn = (step: number) => added.flatMap(({ at, named }) => (at.step === step ? named : []));
    const asked = seats.map((seat) => ({
      step: seat.step,
      need: steps[seat.step]?.need ?? 1,
      seat: seatKey(seat),
      actors: seat.actors.filter((person) => !namedIn(seat.step).includes(person)),
      notBy: [...(seat.notBy ?? []), ...namedIn(seat.step)],
    }));
    const kept = keptSignatures(asked, given, document.once);
    return seats.map((seat, n) => ({
      ...seat,
      actors: asked[n]?.actors ?? [],
      ...(kept[n] && { signed: kept[n] }),
    }));
  };
}

interface Keeping {
  steps: readonly CompiledStep[];
  seats: readonly PlannedSeat[];
  given: readonly Given[];
  document: PolicyDocument;
}

/** SQL: versions that submission `:submission` went by before, in the order of no matter what. */
const formerVersions = `select version_id from compiled_policy where submission_id = :submission
  union select p.version_id from policy_move p join request q on q.id = p.request_id and q.status <> 'refused'
    where p.submission_id = :submission`;

/** The newest version of its own policy, or one that it went by before. */
async function documentToMoveTo(
  db: Knex,
  { submission, version }: { submission: string; version: string },
): Promise<PolicyDocument | undefined> {
  const { rows } = await db.raw<{ rows: { document: unknown }[] }>(
    `select v.document from compiled_now c
      join approval_policy_version s on s.id = c.version_id
      join approval_policy_version v on v.policy_id = s.policy_id and v.id = :version and v.document is not null
      where c.submission_id = :submission and (v.id in (${formerVersions})
        or not exists (select from approval_policy_version l where l.policy_id = v.policy_id and l.version > v.version))`,
    { submission, version },
  );
  return rows[0] && parsePolicy(rows[0].document);
}

/** SQL over a decision `d`: the visit was sent back to a step that it had signed. */
const wasSentBack = 'exists (select from signature_sent_back b where b.decision_id = d.request_id)';

/**
 * Every signature that was given for this submission, or for the time that it accepted, and not taken back, by whichever
 * version of the policy.
 */
async function signaturesGiven(db: Knex, submission: string): Promise<Given[]> {
  const { rows } = await db.raw<{ rows: GivenRow[] }>(
    `select d.request_id as decision, m.department_id as department, m.role, m.people, d.staff_id as staff,
        d.behalf_id as behalf, d.verdict, d.created_at as at,
        bool_or(n.step is not null or g.submission_id <> :submission and c.move_id is null) as counts,
        ${wasSentBack} as partly
      from compiled_now c cross join signature g
      join required_signature m on m.submission_id = g.submission_id and m.move_id is not distinct from g.move_id
        and m.step = g.step and m.ordinal = g.ordinal
      join decision d on d.request_id = g.request_id and d.verdict in ('approved', 'proposed') and ${stillGiven('d')}
      join request q on q.id = d.request_id and q.status <> 'refused'
      left join request w on w.id = g.move_id
      left join signature_now n on n.request_id = g.request_id and n.submission_id = :submission
      where c.submission_id = :submission and (g.move_id is null or w.status <> 'refused')
        and (not ${wasSentBack} or exists (select from signature_now l where l.request_id = g.request_id
          and l.submission_id = g.submission_id and l.step = g.step and l.ordinal = g.ordinal
          and l.move_id is not distinct from g.move_id))
        and (g.submission_id = :submission and d.verdict = 'approved'
          or d.verdict = 'proposed' and exists (select from request a where a.kind = 'answer_proposal'
            and a.reservation_id = d.reservation_id and a.status <> 'refused' and a.payload->>'submission' = :submission
            and a.payload->>'accept' = 'true' and a.payload->>'proposal' = d.request_id::text))
      group by d.request_id, m.department_id, m.role, m.people, d.staff_id, d.behalf_id, d.verdict, d.created_at
      order by d.created_at, d.request_id, min(g.step)`,
    { submission },
  );
  return rows.map(({ decision, staff, behalf, verdict, at, counts, partly, ...seat }) => ({
    decision,
    seat: seatKey(seat),
    staff,
    behalf,
    extends: verdict === 'approved' && behalf === null && !partly,
    counts,
    at,
  }));
}

interface GivenRow extends Omit<RequiredSeat, 'role'> {
  role: string;
  decision: string;
  staff: string;
  behalf: string | null;
  verdict: 'approved' | 'proposed';
  at: Date;
  counts: boolean;
  partly: boolean;
}
