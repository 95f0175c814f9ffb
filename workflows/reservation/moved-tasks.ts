import type { CompiledPolicy, ProjectedTask } from '../../domain/projection.ts';
import { moveOn, openStep, tasksOf } from './tasks.ts';
import type { Visit } from './visit.ts';

/**
 * Another version asks for the same submission: a round of its own, whose clock begins now. A task that it asks for as well stays
 * what it is, with whoever it was passed on to, and so does that of a signer who was added; every other one is called off, also
 * where it was signed and counts no more.
 */
export function moveTasks(visit: Visit, policy: CompiledPolicy): void {
  const before = tasksOf(visit, policy.submission);
  const asked = new Set(policy.signatures.map(({ task }) => task));
  const stays = visit.tasks.filter(({ task }) => asked.has(task));
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
  const open = new Set(visit.tasks.map(({ task }) => task));
  const later = stays.filter(({ task }) => !open.has(task)).flatMap((known) => waiting(visit, policy, known));
  visit.tasks = [...visit.tasks, ...later];
}

/** It is asked in its turn, also where it was open, or signed by what stays. */
function waiting({ round }: Visit, { signatures }: CompiledPolicy, known: ProjectedTask): ProjectedTask[] {
  const signature = signatures.find(({ task }) => task === known.task);
  if (!signature) return [];
  const { step, ordinal, added } = signature;
  const { decision: _, also: __, added: ___, ...task } = known;
  const at = Date.now();
  return [
    {
      ...task,
      round,
      step,
      ordinal,
      ...(added && { added }),
      status: 'withdrawn',
      openedAt: at,
      closedAt: known.closedAt ?? at,
    },
  ];
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
