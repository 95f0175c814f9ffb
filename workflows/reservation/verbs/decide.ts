import type { ProjectedTask } from '../../../domain/projection.ts';
import { close } from '../advance.ts';
import { afterSigning } from '../money.ts';
import { refuseClosedTask, signTask, stageOnceSigned } from '../tasks.ts';
import { policyOf, type Visit } from '../visit.ts';
import { decideChange } from './change.ts';
import type { Verb } from './verb.ts';

/** An approver signs a task or refuses it: of the round, or of a change beside the standing approval. */
export const decide: Verb<'decide'> = {
  refuse: refuseClosedTask,

  handle(visit, told) {
    const { task, verdict, request, actor, also } = told;
    const ofChange = findChangeTask(visit, told) !== undefined;
    signTask(visit, task, { status: verdict, decision: request, ...(also && { also }) });
    const happened = { kind: verdict, actor, reference: request };
    if (ofChange) return decideChange(visit, told);
    if (verdict === 'rejected') {
      close(visit, 'rejected', [happened]);
      return { ok: true, stage: visit.stage, seq: visit.seq };
    }
    const stage = stageOnceSigned(visit, policyOf(visit));
    // Nobody is left to stand by another time.
    if (stage || !isOpen(visit, visit.proposal?.task)) delete visit.proposal;
    return afterSigning(visit, stage, [happened]);
  },
};

const isOpen = ({ tasks }: Visit, task: string | undefined): boolean =>
  tasks.some((known) => known.task === task && known.status === 'open');

const findChangeTask = ({ tasks, change }: Visit, { task }: { task: string }): ProjectedTask | undefined =>
  tasks.find((known) => known.task === task && known.submission === change?.submission);
