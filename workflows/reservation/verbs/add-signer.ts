import { mostAddedSigners } from '../../../domain/added-signer.ts';
import type { CompiledPolicy } from '../../../domain/projection.ts';
import { dropTasks, refuseClosedTask } from '../tasks.ts';
import { addedTo, isGiven } from '../turns.ts';
import { ask, goOn, policyAsking } from './asking.ts';
import type { Verb } from './verb.ts';

/**
 * 加签: somebody is asked for their signature before a task, which waits for them, or after it. Who was added signs like any
 * other; nobody is added to their task. A new round asks by its policy anew.
 */
export const addSigner: Verb<'add_signer'> = {
  refuse(visit, { task, signer }) {
    const closed = refuseClosedTask(visit, { task });
    if (closed) return closed;
    const policy = policyAsking(visit, task);
    const known = visit.tasks.some((one) => one.task === signer.task || (one.task === task && one.added));
    if (!policy || known) return 'task_closed';
    return addedTo(policy, task).length < mostAddedSigners ? undefined : 'task_closed';
  },

  handle(visit, { task, place, signer, request, actor }) {
    const policy = policyAsking(visit, task);
    const found = visit.tasks.find((one) => one.task === task);
    if (!policy || !found) throw new Error('No policy asks for this task');
    const { ordinal, department, person } = signer;
    const added = { to: task, place, request };
    const signature = { step: found.step, ordinal, department, people: [person], task: signer.task, added };
    const asked = ask(visit, { ...policy, signatures: [...policy.signatures, signature] });
    return goOn(visit, asked, [{ kind: 'signer_added', actor, reference: request }]);
  },
};

/** Taken back before they have signed: the task goes on without them. */
export const removeSigner: Verb<'remove_signer'> = {
  refuse(visit, { task, signer }) {
    const policy = policyAsking(visit, task);
    const signature = policy && addedTo(policy, task).find((one) => one.task === signer);
    return signature && !isGiven(visit.tasks.filter(isOf(policy)), signature) ? undefined : 'task_closed';
  },

  handle(visit, { task, signer, request, actor }) {
    const policy = policyAsking(visit, task);
    if (!policy) throw new Error('No policy asks for this task');
    const asked = ask(visit, { ...policy, signatures: policy.signatures.filter((one) => one.task !== signer) });
    dropTasks(
      visit,
      visit.tasks.filter((one) => one.task === signer),
    );
    return goOn(visit, asked, [{ kind: 'signer_removed', actor, reference: request }]);
  },
};

const isOf =
  ({ submission }: CompiledPolicy) =>
  (task: { submission: string }): boolean =>
    task.submission === submission;
