import { advance } from '../advance.ts';
import { tell } from '../notification.ts';
import { revokePasses } from '../passes.ts';
import { reopenTask, waitsUntil } from '../tasks.ts';
import { policyOf } from '../visit.ts';
import type { Verb } from './verb.ts';

/**
 * 撤回: an approver takes back their own approval, as long as nobody has come in and the visit's time has not begun. The task
 * is open again in the same round. Passes go off every gate first, and then the visitor is told.
 */
export const withdrawDecision: Verb<'withdraw_decision'> = {
  refuse(visit, { task, decision }) {
    const found = visit.tasks.find((known) => known.task === task);
    if (found?.status !== 'approved' || found.decision !== decision) return 'task_closed';
    if (found.submission !== visit.policy?.submission || found.round !== visit.round) return 'task_closed';
    if (visit.change || visit.underAdmission) return 'change_pending';
    if (visit.entered.size > 0) return 'pass_used';
    return Date.now() < policyOf(visit).from ? undefined : 'already_begun';
  },

  handle(visit, { task, request, actor }) {
    const passesStand = visit.stage === 'visit';
    reopenTask(visit, policyOf(visit), task);
    const stageUntil = waitsUntil(visit, policyOf(visit));
    const answer = advance(visit, { stage: 'approval', stageUntil }, [
      { kind: 'decision_withdrawn', actor, reference: request },
    ]);
    if (passesStand) tell(visit, 'approval_withdrawn', { decision: request, after: revokePasses(visit) });
    return answer;
  },
};
