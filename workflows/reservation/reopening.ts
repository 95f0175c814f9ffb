import { patched } from '@temporalio/workflow';
import type { CompiledPolicy, ProjectedTask } from '../../domain/projection.ts';
import { unsigned } from './asked-policy.ts';
import { dropTasks, laterStepsWait, openAgain, openTasks, takeTurns, tasksOf } from './tasks.ts';
import type { Visit } from './visit.ts';

/** Signatures that count no more: their tasks are asked again, and later steps wait until their turn comes once more. */

/**
 * A signature that was taken back is missing again: its task and those beside it that needed none since. What was signed with
 * it in later steps, and what waits there, is asked again in its turn.
 */
export function reopenTask(visit: Visit, policy: CompiledPolicy, task: string): void {
  const taken = visit.tasks.find((known) => known.task === task);
  if (!taken) return;
  const { submission, step, decision } = taken;
  bringForward(visit, submission);
  if (visit.policy) visit.policy = unsigned(visit.policy, decision);
  const own = tasksOf(visit, submission);
  const beside = (known: ProjectedTask) => own.includes(known) && known.step === step && known.status === 'withdrawn';
  visit.tasks = visit.tasks
    .filter((known) => known.task === task || known.decision !== decision || !own.includes(known))
    .map((known) => (known.task === task || beside(known) ? openAgain(policy, known) : known));
  const later = waitingAfter(visit, submission, step);
  if (later.length > 0 && patched(laterStepsWait)) dropTasks(visit, later);
  takeTurns(visit, policy, step);
}

/** A change that ended had a round of its own: what is open belongs to the newest. */
function bringForward(visit: Visit, submission: string): void {
  const own = tasksOf(visit, submission);
  if (own.every(({ round }) => round === visit.round)) return;
  visit.round += 1;
  const { round } = visit;
  visit.tasks = visit.tasks.map((task) => (own.includes(task) ? { ...task, round } : task));
}

/** Instead of the signature that was taken back, all that the policy asks for what the visit was narrowed to. */
export function askAnew(visit: Visit, policy: CompiledPolicy, task: string): void {
  visit.tasks = visit.tasks.map((known) => (known.task === task ? uncounted(known) : known));
  visit.round += 1;
  openTasks(visit, policy);
  // When its first rung is due was asked at another time.
  visit.tasks = visit.tasks.map((known) => (known.submission === policy.submission ? { ...known, rungAt: 0 } : known));
}

/**
 * Sent back to a step: what was signed there and later counts no more, also where it was signed with an earlier step. The step is
 * asked again at once, later ones in their turn. Signers who were added have signed, or wait for their turn.
 */
export function reopenFrom(visit: Visit, policy: CompiledPolicy, step: number): void {
  const { submission, signatures } = policy;
  dropTasks(visit, waitingAfter(visit, submission, step));
  const own = tasksOf(visit, submission);
  const isAsked = (one: { step: number; added?: unknown }): boolean => one.step >= step && one.added === undefined;
  const anew = new Set([...own, ...signatures].filter(isAsked).map(({ task }) => task));
  visit.tasks = visit.tasks.map((known) => {
    if (!own.includes(known)) return known;
    if (!isAsked(known)) return signingOnly(known, anew);
    if (known.step === step) return openAgain(policy, known);
    return known.status === 'approved' ? uncounted(known) : known;
  });
  takeTurns(visit, policy, step);
}

/** Not for the tasks that are asked anew. */
function signingOnly({ also, ...task }: ProjectedTask, anew: ReadonlySet<string | undefined>): ProjectedTask {
  const left = also?.filter((other) => !anew.has(other)) ?? [];
  return { ...task, ...(left.length > 0 && { also: left }) };
}

const waitingAfter = (visit: Visit, submission: string, step: number): ProjectedTask[] =>
  tasksOf(visit, submission).filter((known) => known.step > step && known.status === 'open');

/** Signed, and that counts no more; nobody is asked for now. */
function uncounted({ decision: _, also: __, ...task }: ProjectedTask): ProjectedTask {
  return { ...task, status: 'withdrawn', closedAt: Date.now() };
}
