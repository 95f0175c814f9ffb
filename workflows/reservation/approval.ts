import { condition, uuid4 } from '@temporalio/workflow';
import type { CompiledPolicy, ProjectedTask } from '../../domain/projection.ts';
import type { Answer, RefusalCode } from '../../domain/request.ts';
import type { Decide } from '../messages/reservation.ts';
import { advance, close } from './advance.ts';
import { decideChange } from './change.ts';
import { policyOf, type Visit } from './visit.ts';

/**
 * Waits until every required signature is there; undecided before the visit begins, it fails closed. A change that
 * comes before the decision takes the place of what waits, with a time of its own.
 */
export async function approval(visit: Visit): Promise<'granted' | 'returned'> {
  while (visit.stage === 'approval') {
    const policy = policyOf(visit);
    const moved = () => visit.stage !== 'approval' || policyOf(visit).submission !== policy.submission;
    const inTime = await condition(moved, Math.max(1, policy.decideBy - Date.now()), {
      summary: 'the department must have decided',
    });
    if (!inTime) return close(visit, 'expired', [{ kind: 'expired', actor: { kind: 'system', id: 'approval' } }]);
  }
  return visit.stage === 'details' ? 'returned' : 'granted';
}

/** A task is one required signature: (reservation, round, step, ordinal). Those of earlier rounds are kept. */
export function openTasks(visit: Visit, { submission, signatures, decideBy }: CompiledPolicy): void {
  const opened = signatures.map(
    (signature): ProjectedTask => ({
      ...signature,
      task: uuid4(),
      round: visit.round,
      submission,
      status: 'open',
      openedAt: Date.now(),
      decideBy,
    }),
  );
  visit.tasks = [...visit.tasks, ...opened];
  visit.nudges = 0;
  delete visit.nudgedAt;
}

/** Whether every signature for a submission is there. */
export const isSigned = ({ tasks, round }: Visit, submission: string): boolean =>
  tasks.every((task) => task.submission !== submission || task.round !== round || task.status === 'approved');

export function signTask(
  visit: Visit,
  task: string,
  signed: Pick<ProjectedTask, 'status' | 'decision'> & Partial<ProjectedTask>,
): void {
  const closedAt = Date.now();
  visit.tasks = visit.tasks.map((known) => (known.task === task ? { ...known, ...signed, closedAt } : known));
}

/** A task of the round: an approver may decide it, return it, or propose another time. */
export function refuseOutsideRound(visit: Visit, { task }: { task: string }): RefusalCode | undefined {
  const found = visit.tasks.find((known) => known.task === task);
  if (found && found.status !== 'open') return 'task_closed';
  return found && visit.stage === 'approval' ? undefined : 'wrong_stage';
}

export function refuseDecision(visit: Visit, asked: Decide): RefusalCode | undefined {
  return findChangeTask(visit, asked)?.status === 'open' ? undefined : refuseOutsideRound(visit, asked);
}

const findChangeTask = ({ tasks, change }: Visit, { task }: { task: string }): ProjectedTask | undefined =>
  tasks.find((known) => known.task === task && known.submission === change?.submission);

export function handleDecision(visit: Visit, asked: Decide): Answer {
  const { task, verdict, request, actor } = asked;
  const ofChange = findChangeTask(visit, asked) !== undefined;
  signTask(visit, task, { status: verdict, decision: request });
  const happened = { kind: verdict, actor, reference: request };
  if (ofChange) return decideChange(visit, asked);
  if (verdict === 'rejected') {
    close(visit, 'rejected', [happened]);
    return { ok: true, stage: visit.stage, seq: visit.seq };
  }
  const granted = isSigned(visit, policyOf(visit).submission);
  if (granted) delete visit.proposal;
  return advance(visit, granted ? { stage: 'pass' } : {}, [happened]);
}
