import { condition, uuid4 } from '@temporalio/workflow';
import type { CompiledPolicy, ProjectedTask } from '../../domain/projection.ts';
import type { Answer, RefusalCode } from '../../domain/request.ts';
import type { Decide } from '../messages/reservation.ts';
import { advance, close } from './advance.ts';
import { policyOf, type Visit } from './visit.ts';

/** Waits until every required signature is there; undecided before the visit begins, it fails closed. */
export async function approval(visit: Visit): Promise<void> {
  const { decideBy } = policyOf(visit);
  const decided = await condition(() => visit.stage !== 'approval', Math.max(1, decideBy - Date.now()), {
    summary: 'the department must have decided',
  });
  if (!decided) return close(visit, 'expired', [{ kind: 'expired', actor: { kind: 'system', id: 'approval' } }]);
}

/** A task is one required signature: (reservation, round, step, ordinal). */
export const openTasks = ({ round }: Visit, { submission, signatures, decideBy }: CompiledPolicy): ProjectedTask[] =>
  signatures.map((signature) => ({
    ...signature,
    task: uuid4(),
    round,
    submission,
    status: 'open',
    openedAt: Date.now(),
    decideBy,
  }));

export function refuseDecision(visit: Visit, { task }: Decide): RefusalCode | undefined {
  const found = visit.tasks.find((candidate) => candidate.task === task);
  if (found && found.status !== 'open') return 'task_closed';
  return found && visit.stage === 'approval' ? undefined : 'wrong_stage';
}

export function handleDecision(visit: Visit, { task, verdict, request, actor }: Decide): Answer {
  const now = Date.now();
  visit.tasks = visit.tasks.map((candidate) =>
    candidate.task === task ? { ...candidate, status: verdict, decision: request, closedAt: now } : candidate,
  );
  const happened = { kind: verdict, actor, reference: request };
  if (verdict === 'rejected') {
    close(visit, 'rejected', [happened]);
    return { ok: true, stage: visit.stage, seq: visit.seq };
  }
  const granted = visit.tasks.every(({ status }) => status === 'approved');
  return advance(visit, granted ? { stage: 'pass' } : {}, [happened]);
}
