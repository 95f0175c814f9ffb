import { nudging } from '../domain/nudging.ts';
import { findOpeningProblems } from '../domain/opening.ts';
import { daysOf } from '../domain/time.ts';
import { decideBy, findWindowProblems, isExtension } from '../domain/visit-window.ts';
import type { Transaction } from '../platform/db.ts';
import { readOpening } from '../store/content/opening.ts';
import { type AdmissionFacts, findAdmissionFacts, findOverlap, markAdmitted } from '../store/reservations/admission.ts';
import { releasePlaces, takeBeside, takePlaces } from '../store/reservations/quota.ts';
import { readSubmission } from '../store/reservations/submission.ts';
import type { Admission, CoreActivities } from '../workflows/messages/activities.ts';
import { compilePolicy } from './compile-policy.ts';
import type { ActivityDeps } from './deps.ts';
import { feeDue } from './fee-due.ts';
import { firstRungAt } from './ladder.ts';
import { narrows } from './narrowing.ts';

type Request = Parameters<CoreActivities['admit']>[0];

/**
 * Whether a submission may go to its approver: what the form checked is checked again against today's data, the
 * places are taken, and the rules that will apply are compiled into the policy.
 */
export const admit =
  ({ db, cipher }: Pick<ActivityDeps, 'db' | 'cipher'>): CoreActivities['admit'] =>
  (request) =>
    db.transaction(async (trx): Promise<Admission> => {
      const facts = await findAdmissionFacts(trx, cipher, request);
      if (!facts) throw new Error('Nothing was submitted under this id');
      // A late attempt: nobody listens to its answer any more, and it must not take a place.
      if (facts.closed) return { ok: false, fields: {} };

      const narrowing = await isNarrowing(trx, cipher, request);
      const fields = {
        // A change to less than the standing visit is never refused for a day that was closed meanwhile.
        ...(narrowing ? {} : findOpeningProblems(facts, await readOpening(trx, facts.campus.id))),
        ...findProblems(facts),
        ...(await findOverlapProblem(trx, facts)),
      };
      if (Object.keys(fields).length > 0) return refuse(trx, request, fields);
      if (!narrowing && (await takesNoPlace(trx, request, facts))) {
        return refuse(trx, request, { from: 'field.slot_full' });
      }
      await markAdmitted(trx, request.submission, true);
      const now = Date.now();
      const policy = { ...compile(facts, now), ...(await compilePolicy(trx, cipher, facts)) };
      const remindAt = await firstRungAt(trx, policy, now);
      const fee = await feeDue(trx, facts, narrowing ? request.replaces?.submission : undefined);
      return {
        ok: true,
        policy: { ...policy, ...(remindAt && { remindAt }), ...(fee && { fee }) },
        ...(request.replaces && { narrowing }),
      };
    });

/** What is to be replaced keeps its places. */
async function refuse(
  trx: Transaction,
  { reservation, submission, seq, replaces }: Request,
  fields: Record<string, string>,
): Promise<Admission> {
  await markAdmitted(trx, submission, false);
  if (!replaces) await releasePlaces(trx, reservation, seq);
  return { ok: false, fields };
}

async function takesNoPlace(trx: Transaction, { reservation, seq, replaces }: Request, facts: AdmissionFacts) {
  const { full } = await (replaces ? takeBeside : takePlaces)(trx, {
    reservation,
    seq,
    campus: facts.campus.id,
    capacity: facts.campus.dailyCapacity,
    days: daysOf(facts.from, facts.until),
    count: facts.ordinals.length,
  });
  return full !== undefined;
}

async function isNarrowing(
  trx: Transaction,
  cipher: ActivityDeps['cipher'],
  { submission, replaces }: Request,
): Promise<boolean> {
  if (!replaces) return false;
  const [standing, wished] = [
    await readSubmission(trx, cipher, replaces.submission),
    await readSubmission(trx, cipher, submission),
  ];
  return standing !== undefined && wished !== undefined && narrows(standing, wished, replaces.ordinals);
}

/** Catalogue keys by form field. */
function findProblems(facts: AdmissionFacts): Record<string, string> {
  const { campus, standing } = facts;
  const now = Date.now();
  return {
    ...findWindowProblems({ from: facts.from, until: facts.until }, now, standing?.from),
    ...(standing && !campus.extensions && isExtension(standing, facts, now) ? { until: 'field.no_extension' } : {}),
    ...(facts.campus.open ? {} : { campus: 'field.campus_closed' }),
    ...(facts.departmentOpen ? {} : { department: 'field.department_closed' }),
    ...(facts.reasonOpen ? {} : { reason: 'field.reason_closed' }),
    ...(facts.agreed ? {} : { consent: 'field.consent_needed' }),
  };
}

async function findOverlapProblem(trx: Transaction, facts: AdmissionFacts): Promise<Record<string, string>> {
  return (await findOverlap(trx, facts)) ? { from: 'field.window_overlap' } : {};
}

function compile(facts: AdmissionFacts, now: number) {
  const window = { from: facts.from.getTime(), until: facts.until.getTime() };
  return {
    submission: facts.submission,
    channel: facts.channel,
    campus: facts.campus.id,
    department: facts.department,
    exitsRecorded: facts.campus.exitsRecorded,
    ...window,
    decideBy: decideBy(window, now),
    persons: facts.ordinals.length,
    ordinals: facts.ordinals,
    awaited: facts.awaited,
    nudges: nudging,
  };
}
