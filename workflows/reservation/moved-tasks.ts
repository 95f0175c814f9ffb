import type { CompiledPolicy, ProjectedTask } from '../../domain/projection.ts';
import { moveOn, openStep, tasksOf } from './tasks.ts';
import type { Visit } from './visit.ts';

/**
 * Another version asks for the same submission: a round of its own, whose clock begins now. A task that it asks for as well stays
 * what it is, with whoever it was passed on to; every other one is called off, also where it was signed and counts no more.
 */
export function moveTasks(visit: Visit, policy: CompiledPolicy): void {
  const before = tasksOf(visit, policy.submission);
  const asked = new Set(policy.signatures.map(({ task }) => task));
  const stays = before.filter(({ task }) => asked.has(task));
  const closedAt = Date.now();
  visit.tasks = visit.tasks
    .filter((task) => !stays.includes(task))
    .map((task) =>
      before.includes(task) && (task.status === 'open' || task.status === 'approved')
        ? { ...task, status: 'withdrawn', closedAt: task.closedAt ?? closedAt }
        : task,
    );
  visit.round += 1;
  openStep(visit, policy, Math.min(...policy.signatures.map(({ step }) => step)), []);
  moveOn(visit, policy);
  visit.tasks = visit.tasks.map((task) => {
    const known = task.round === visit.round ? stays.find((one) => one.task === task.task) : undefined;
    return known ? asKnown(task, known) : task;
  });
}

/** Opened anew, at the seat where it was. */
function asKnown({ role: _, people: __, ...task }: ProjectedTask, known: ProjectedTask): ProjectedTask {
  const { department, role, people, nudges, nudgedAt, also, closedAt } = known;
  return {
    ...task,
    department,
    ...(role && { role }),
    ...(people && { people }),
    ...(nudges !== undefined && { nudges }),
    ...(nudgedAt !== undefined && { nudgedAt }),
    ...(also && { also }),
    ...(closedAt !== undefined && task.status === 'approved' && { closedAt }),
  };
}
