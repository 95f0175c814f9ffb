import { refuseWithdrawal } from '../../../domain/withdrawal.ts';
import { advance } from '../advance.ts';
import { tell } from '../notification.ts';
import { revokePasses } from '../passes.ts';
import { askAnew, reopenTask } from '../reopening.ts';
import { waitsUntil } from '../tasks.ts';
import { hasEntered, policyOf, type Visit } from '../visit.ts';
import type { Verb } from './verb.ts';

/**
 * 撤回: an approver takes back their own approval, as long as nobody has come in and the visit's time has not begun. The task
 * is open again; where the visit was narrowed since, what is left of it is asked for anew. Passes go off every gate first, and
 * then the visitor is told.
 */
export const withdrawDecision: Verb<'withdraw_decision'> = {
  refuse(visit, { task, decision }) {
    const found = visit.tasks.find((known) => known.task === task);
    if (found?.status !== 'approved' || found.decision !== decision) return 'task_closed';
    const approval = {
      replaced: found.submission !== approvedAs(visit),
      changing: visit.change !== undefined || visit.underAdmission !== undefined,
      entered: hasEntered(visit),
      from: policyOf(visit).from,
    };
    return refuseWithdrawal(approval, Date.now());
  },

  handle(visit, { task, request, actor }) {
    const passesStand = visit.stage === 'visit';
    const wasToPay = visit.stage === 'payment';
    const policy = policyOf(visit);
    if (approvedAs(visit) === policy.submission) reopenTask(visit, policy, task);
    else askAnew(visit, policy, task);
    delete visit.approvedAs;
    const answer = advance(visit, { stage: 'approval', stageUntil: waitsUntil(visit, policy) }, [
      { kind: 'decision_withdrawn', actor, reference: request },
    ]);
    const told = { decision: request };
    if (passesStand) tell(visit, 'approval_withdrawn', { ...told, after: revokePasses(visit) });
    else if (wasToPay) tell(visit, 'approval_withdrawn', told);
    return answer;
  },
};

/** The submission on whose approval the visit stands, or which is being approved. */
const approvedAs = (visit: Visit): string => visit.approvedAs ?? policyOf(visit).submission;
