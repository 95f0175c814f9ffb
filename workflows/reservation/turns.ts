import type { CompiledPolicy, ProjectedTask } from '../../domain/projection.ts';

/**
 * Signers who were added to a task (加签) are asked before it or after it; each of them has to sign. What the policy asks is
 * counted by itself.
 */

type Signature = CompiledPolicy['signatures'][number];

/** Somebody was added to this step, and maybe taken out again. */
export const hasAdded = ({ signatures }: CompiledPolicy, tasks: readonly ProjectedTask[], step: number): boolean =>
  [...signatures, ...tasks].some((one) => one.step === step && one.added !== undefined);

export const addedTo = ({ signatures }: CompiledPolicy, task: string): Signature[] =>
  signatures.filter(({ added }) => added?.to === task);

export const isGiven = (tasks: readonly ProjectedTask[], { step, ordinal }: Signature): boolean =>
  tasks.some((task) => task.step === step && task.ordinal === ordinal && task.status === 'approved');

/** Whether every signer who was added to a step has signed. */
export const addedHaveSigned = (
  { signatures }: CompiledPolicy,
  tasks: readonly ProjectedTask[],
  step: number,
): boolean => signatures.every((one) => one.step !== step || !one.added || isGiven(tasks, one));

/**
 * Whether it is this signature's turn in its step.
 *
 * @param tasks of the policy's submission
 * @param enough what the policy asks of the step is signed
 */
export function isItsTurn(
  policy: CompiledPolicy,
  tasks: readonly ProjectedTask[],
  signature: Signature,
  enough: boolean,
): boolean {
  const { added, step, ordinal } = signature;
  if (added?.place === 'before') return true;
  if (added) return enough || tasks.some(({ task, status }) => task === added.to && status === 'approved');
  if (enough) return false;
  const task = tasks.find((one) => one.step === step && one.ordinal === ordinal)?.task ?? signature.task;
  const before = task === undefined ? [] : addedTo(policy, task).filter((one) => one.added?.place === 'before');
  return before.every((one) => isGiven(tasks, one));
}
