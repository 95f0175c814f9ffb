import type { CompiledPolicy } from '../../../domain/projection.ts';
import type { Answer } from '../../../domain/request.ts';
import type { Happened } from '../advance.ts';
import { afterSigning } from '../money.ts';
import { stageOnceSigned } from '../tasks.ts';
import { policyOf, type Visit } from '../visit.ts';
import { goOnWithChange } from './change.ts';

/** What is asked of a round changes while it waits: other signatures, or the same ones anew. */

/** Of the round that waits, or of a change beside what stands. */
export function policyAsking({ tasks, policy, change }: Visit, task: string): CompiledPolicy | undefined {
  const submission = tasks.find((one) => one.task === task)?.submission;
  return [change, policy].find((one) => one !== undefined && one.submission === submission);
}

export function ask(visit: Visit, policy: CompiledPolicy): CompiledPolicy {
  if (visit.change?.submission === policy.submission) visit.change = policy;
  else visit.policy = policy;
  return policy;
}

/** Whose turn it is now is asked; without who was taken out, nothing may be missing any more. */
export function goOn(visit: Visit, policy: CompiledPolicy, happened: Happened[]): Answer {
  if (visit.change?.submission === policy.submission) return goOnWithChange(visit, visit.change, happened);
  const stage = stageOnceSigned(visit, policyOf(visit));
  if (stage) delete visit.proposal;
  return afterSigning(visit, stage, happened);
}
