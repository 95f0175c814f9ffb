import { condition } from '@temporalio/workflow';
import { overstayLadder } from '../../../domain/overstay.ts';
import type { CompiledPolicy } from '../../../domain/projection.ts';
import type { Answer } from '../../../domain/request.ts';
import type { Told } from '../../messages/reservation.ts';
import { admitInPlaceOf } from '../admission.ts';
import { advance, type Happened } from '../advance.ts';
import { waitBeside } from '../beside.ts';
import { climbLadder } from '../ladder.ts';
import { actor, ask, handlePaid, owes, payUntil, settle } from '../money.ts';
import { tell } from '../notification.ts';
import { renewPasses } from '../passes.ts';
import { keepPlaces } from '../places.ts';
import { moveOn, openTasks, tasksOf, waitsUntil, withdrawTasks } from '../tasks.ts';
import { waitFor } from '../time-limits.ts';
import { isApproved, isOverstayed, policyOf, type Visit } from '../visit.ts';
import type { Verb } from './verb.ts';

/**
 * A change of window, people or vehicle. While nobody has decided it replaces the request that waits; one that only
 * narrows acts at once; anything else is approved beside the standing approval, which holds until then.
 */

const mostChanges = 20;

export const change: Verb<'change'> = {
  refuse(visit) {
    if (visit.over && !isOverstayed(visit)) return 'wrong_stage';
    if (visit.change || visit.underAdmission) return 'change_pending';
    return visit.changes < mostChanges ? undefined : 'too_many_changes';
  },

  async handle(visit, { submission, actor }) {
    visit.changes += 1;
    const admission = await admitInPlaceOf(visit, submission);
    if (admission.ok === 'closed') return { ok: false, code: 'closed' };
    const happened = { actor, reference: submission };
    if (!admission.ok) {
      advance(visit, {}, [{ kind: 'change_not_admitted', ...happened }]);
      return { ok: false, code: 'not_admitted', fields: admission.fields };
    }
    const { policy, narrowing } = admission;
    if (visit.stage === 'approval') return replaceRound(visit, policy, [{ kind: 'change_asked', ...happened }]);
    if (isApproved(visit) || isOverstayed(visit)) {
      if (narrowing) {
        visit.approvedAs ??= policyOf(visit).submission;
        return adopt(visit, policy, [{ kind: 'changed', ...happened }]);
      }
      return openBeside(visit, policy, [{ kind: 'change_asked', ...happened }]);
    }
    // Returned, or over, while it was being checked.
    keepPlaces(visit);
    return { ok: false, code: 'wrong_stage' };
  },
};

/** The visitor takes it back; nobody need be told. */
export const withdrawChange: Verb<'withdraw_change'> = {
  refuse: (visit) => (visit.change ? undefined : 'no_change_pending'),
  handle: (visit, { actor }) => dropChange(visit, [{ kind: 'change_withdrawn', actor }]),
};

/** Nobody has approved anything yet: the request that waits is replaced. */
function replaceRound(visit: Visit, policy: CompiledPolicy, happened: Happened[]): Answer {
  withdrawTasks(visit);
  delete visit.proposal;
  visit.round += 1;
  visit.policy = policy;
  openTasks(visit, policy);
  const answer = advance(visit, { stageUntil: waitsUntil(visit, policy) }, happened);
  keepPlaces(visit);
  return answer;
}

/** The change is what holds from now on; passes follow, and then the visitor is told. */
function adopt(visit: Visit, policy: CompiledPolicy, happened: Happened[]): Answer {
  const { submission: replaced, until } = policyOf(visit);
  delete visit.change;
  if (policy.until !== until) goesOn(visit);
  visit.policy = policy;
  const answer = advance(visit, stageEnd(visit, policy), happened);
  // What is paid for later gets its passes then, and the visitor reads on the page what is owed now.
  if (visit.stage !== 'payment') tell(visit, 'changed', { after: renewPasses(visit, replaced) });
  settle(visit);
  keepPlaces(visit);
  return answer;
}

/** Also where gates are still waited for after the former end: from now on nobody overstays, and the visit can be ended again. */
function goesOn(visit: Visit): void {
  delete visit.overstay;
  visit.over = false;
}

function stageEnd({ stage }: Visit, policy: CompiledPolicy): { stageUntil?: number } {
  if (stage === 'visit') return { stageUntil: policy.until };
  return stage === 'payment' && policy.fee ? { stageUntil: payUntil(policy) } : {};
}

/** Whoever is still there after the end may ask to stay for as long as they are waited for. */
function standsUntil(visit: Visit): number {
  const { until } = policyOf(visit);
  const { overstay } = visit.start.durations;
  return overstay && isOverstayed(visit) ? overstayLadder(until, overstay).close : until;
}

/** Both are held until it is decided. Later than the standing window's end it would help nobody. */
function openBeside(visit: Visit, wished: CompiledPolicy, happened: Happened[]): Answer {
  const policy = { ...wished, decideBy: Math.min(wished.decideBy, standsUntil(visit)) };
  visit.round += 1;
  visit.change = policy;
  openTasks(visit, policy);
  const answer = advance(visit, {}, happened);
  awaitLapse(visit, policy);
  return answer;
}

/** Also by a new run, of a change that waited already. */
export function awaitLapse(visit: Visit, change: CompiledPolicy): void {
  waitBeside(visit, () => lapseUndecided(visit, change));
}

async function lapseUndecided(visit: Visit, { submission }: CompiledPolicy): Promise<void> {
  const waiting = () => (visit.change?.submission === submission ? visit.change : undefined);
  for (let policy = waiting(); policy; policy = waiting()) {
    const { isOver, atMost, isRungDue, isAtEnd } = waitFor(visit, policy, waiting);
    if (isRungDue()) {
      await climbLadder(visit, policy, waiting);
      continue;
    }
    const inTime = await condition(isOver, atMost, { summary: 'the change lapses' });
    if (!inTime && !isRungDue() && isAtEnd()) return lapseChange(visit);
  }
}

/** Undecided for too long: the standing approval holds. */
export function lapseChange(visit: Visit): void {
  if (!visit.change) return;
  dropChange(visit, [{ kind: 'change_lapsed', actor: { kind: 'system', id: 'approval' } }]);
  tell(visit, 'change_refused');
}

export function decideChange(visit: Visit, { verdict, request, actor }: Told<'decide'>): Answer {
  if (!visit.change) throw new Error('No change to decide on');
  if (verdict === 'rejected') {
    const answer = dropChange(visit, [{ kind: 'change_refused', actor, reference: request }]);
    tell(visit, 'change_refused', { decision: request });
    return answer;
  }
  const approved = { kind: 'approved', actor, reference: request } as const;
  if (!moveOn(visit, visit.change)) return advance(visit, {}, [approved]);
  if (paysMore(visit, visit.change)) return ask(visit, {}, [approved]);
  return grant(visit, visit.change, [{ kind: 'changed', actor, reference: request }]);
}

/** Other signatures are asked of it, or fewer. */
export function goOnWithChange(visit: Visit, change: CompiledPolicy, happened: Happened[]): Answer {
  const actor = { kind: 'system', id: 'approval' } as const;
  if (!moveOn(visit, change)) return advance(visit, {}, happened);
  if (paysMore(visit, change)) return ask(visit, {}, happened);
  return grant(visit, change, [...happened, { kind: 'changed', actor }]);
}

/** What stands holds until what the change costs beyond it is paid. Where nothing was paid yet, both are paid at once. */
const paysMore = (visit: Visit, change: CompiledPolicy): boolean => visit.stage !== 'payment' && owes(visit, change);

/** A payment was taken in: also one that an approved change waited for. */
export function handlePayment(visit: Visit, told: unknown): void {
  handlePaid(visit, told, () => {
    const { change } = visit;
    if (!change || visit.stage === 'payment' || owes(visit, change)) return;
    const isSigned = !tasksOf(visit, change.submission).some(({ status }) => status === 'open');
    if (isSigned)
      grant(visit, change, [
        { kind: 'paid', actor },
        { kind: 'changed', actor },
      ]);
  });
}

/** What stands rests on its own approval from now on. */
function grant(visit: Visit, change: CompiledPolicy, happened: Happened[]): Answer {
  delete visit.approvedAs;
  return adopt(visit, change, happened);
}

function dropChange(visit: Visit, happened: Happened[]): Answer {
  delete visit.change;
  withdrawTasks(visit);
  const answer = advance(visit, {}, happened);
  settle(visit);
  keepPlaces(visit);
  return answer;
}
