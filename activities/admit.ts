import { nudging } from '../domain/nudging.ts';
import { daysOf } from '../domain/time.ts';
import { decideBy, findWindowProblems } from '../domain/visit-window.ts';
import { type Asking, findAsking, findOverlap } from '../store/admission.ts';
import { releasePlaces, takePlaces } from '../store/quota.ts';
import type { Admission, CoreActivities } from '../workflows/messages/activities.ts';
import type { ActivityDeps } from './deps.ts';

/**
 * Whether a submission may go to its approver: what the form checked is checked again against today's data, the
 * places are taken, and the rules that will apply are compiled into the policy.
 */
export const admit =
  ({ db }: Pick<ActivityDeps, 'db'>): CoreActivities['admit'] =>
  ({ reservation, submission, seq }) =>
    db.transaction(async (trx): Promise<Admission> => {
      const asking = await findAsking(trx, reservation, submission);
      if (!asking) throw new Error('Nothing was submitted under this id');
      // An attempt of long ago: whatever it says, nobody listens, and it must not take a place.
      if (asking.closed) return { ok: false, fields: {} };

      const fields = { ...findProblems(asking), ...(await findOverlapProblem(trx, asking)) };
      if (Object.keys(fields).length === 0) {
        const { full } = await takePlaces(trx, {
          reservation,
          campus: asking.campus.id,
          days: daysOf(asking.from, asking.until),
          count: asking.ordinals.length,
          capacity: asking.campus.dailyCapacity,
          seq,
        });
        if (!full) return { ok: true, policy: compile(asking, Date.now()) };
        Object.assign(fields, { from: 'field.slot_full' });
      }
      await releasePlaces(trx, reservation, seq);
      return { ok: false, fields };
    });

/** Catalogue keys by form field. */
function findProblems(asking: Asking): Record<string, string> {
  return {
    ...findWindowProblems({ from: asking.from, until: asking.until }, Date.now()),
    ...(asking.campus.open ? {} : { campus: 'field.campus_closed' }),
    ...(asking.departmentOpen ? {} : { department: 'field.department_closed' }),
    ...(asking.reasonOpen ? {} : { reason: 'field.reason_closed' }),
    ...(asking.agreed ? {} : { consent: 'field.consent_needed' }),
  };
}

async function findOverlapProblem(
  trx: Parameters<typeof findOverlap>[0],
  asking: Asking,
): Promise<Record<string, string>> {
  return (await findOverlap(trx, asking)) ? { from: 'field.window_overlap' } : {};
}

function compile(asking: Asking, now: number): Extract<Admission, { ok: true }>['policy'] {
  const window = { from: asking.from.getTime(), until: asking.until.getTime() };
  return {
    submission: asking.submission,
    channel: asking.channel,
    campus: asking.campus.id,
    department: asking.department,
    exitsRecorded: asking.campus.exitsRecorded,
    ...window,
    decideBy: decideBy(window, now),
    persons: asking.ordinals.length,
    ordinals: asking.ordinals,
    awaited: asking.awaited,
    nudges: nudging,
    signatures: [{ step: 0, ordinal: 0, department: asking.department }],
  };
}
