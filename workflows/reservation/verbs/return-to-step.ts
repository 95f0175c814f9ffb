import { unsignedFrom } from '../asked-policy.ts';
import { reopenFrom } from '../reopening.ts';
import { refuseClosedTask } from '../tasks.ts';
import { ask, goOn, policyAsking } from './asking.ts';
import type { Verb } from './verb.ts';

/**
 * 退回上一步: a step of the same round decides once more, and every later one after it. What was signed from that step on counts
 * no more. A proposal of another time ends, since nobody stands by it for now.
 */
export const returnToStep: Verb<'return_to_step'> = {
  refuse(visit, { task, step }) {
    const closed = refuseClosedTask(visit, { task });
    if (closed) return closed;
    const policy = policyAsking(visit, task);
    const found = visit.tasks.find((one) => one.task === task);
    if (!policy || !found) return 'task_closed';
    const isEarlier = step < found.step && policy.signatures.some((one) => one.step === step);
    if (!isEarlier) return 'no_earlier_step';
    // What the visitor changes, accepts, or an admin moves may ask other signatures in a moment.
    return visit.underAdmission ? 'change_pending' : undefined;
  },

  handle(visit, { task, step, request, actor }) {
    const policy = policyAsking(visit, task);
    if (!policy) throw new Error('No policy asks for this task');
    const asked = ask(visit, unsignedFrom(policy, step));
    reopenFrom(visit, asked, step);
    return goOn(visit, asked, [{ kind: 'returned_to_step', actor, reference: request }]);
  },
};
