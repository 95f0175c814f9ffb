import { uuid4 } from '@temporalio/workflow';
import type { CompiledPolicy, ProjectedTask } from '../../domain/projection.ts';
import type { RefusalCode } from '../../domain/request.ts';
import type { Stage } from '../../domain/reservation.ts';
import type { Visit } from './visit.ts';

/** A task is one required signature: (reservation, round, step, ordinal). Those of earlier rounds are kept. */
export function openTasks(visit: Visit, { submission, signatures, decideBy }: CompiledPolicy): void {
  const opened = signatures.map(
    (signature): ProjectedTask => ({
      ...signature,
      task: signature.task ?? uuid4(),
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

export function signTask(visit: Visit, task: string, signed: Pick<ProjectedTask, 'status' | 'decision'>): void {
  const closedAt = Date.now();
  visit.tasks = visit.tasks.map((known) => (known.task === task ? { ...known, ...signed, closedAt } : known));
}

/** What still waits for a signature needs none any more. */
export function withdrawTasks(visit: Visit): void {
  const closedAt = Date.now();
  visit.tasks = visit.tasks.map((task) => (task.status === 'open' ? { ...task, status: 'withdrawn', closedAt } : task));
}

/** Whether every signature for a submission is there. */
export const isSigned = ({ tasks, round }: Visit, submission: string): boolean =>
  tasks.every((task) => task.submission !== submission || task.round !== round || task.status === 'approved');

/** Where a round goes on; undefined while a signature for its submission is missing. */
export const stageOnceSigned = (visit: Visit, submission: string): Stage | undefined =>
  isSigned(visit, submission) ? 'pass' : undefined;

/** An answer comes too late, or speaks of no task. */
export function refuseClosedTask({ tasks }: Visit, { task }: { task: string }): RefusalCode | undefined {
  const found = tasks.find((known) => known.task === task);
  if (!found) return 'wrong_stage';
  return found.status === 'open' ? undefined : 'task_closed';
}
