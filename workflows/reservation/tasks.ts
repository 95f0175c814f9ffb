import { patched, uuid4 } from '@temporalio/workflow';
import { headMayAct } from '../../domain/ladder.ts';
import type { CompiledPolicy, ProjectedTask } from '../../domain/projection.ts';
import type { RefusalCode } from '../../domain/request.ts';
import type { Stage } from '../../domain/reservation.ts';
import { needOf, stepOf } from './asked-policy.ts';
import { addedHaveSigned, hasAdded, isItsTurn } from './turns.ts';
import type { Visit } from './visit.ts';

type Signature = CompiledPolicy['signatures'][number];

/**
 * A task is one required signature: (reservation, round, step, ordinal). Those of earlier rounds are kept. Steps open one
 * after another: the first with its policy, the next once enough have signed.
 */
export function openTasks(visit: Visit, policy: CompiledPolicy): void {
  openStep(visit, policy, Math.min(...policy.signatures.map(({ step }) => step)));
  visit.nudges = 0;
  delete visit.nudgedAt;
}

/**
 * What of a step is not signed yet; what was asked before keeps its task and the seat it is at by now. Who signed an earlier
 * step of this round and named this task with it has signed it.
 */
export function openStep(
  visit: Visit,
  policy: CompiledPolicy,
  step: number,
  known = tasksOf(visit, policy.submission),
): void {
  const { submission, signatures } = policy;
  const round = known[0]?.round ?? visit.round;
  const turns = hasAdded(policy, known, step);
  const enough = isEnough(known, policy, step);
  const opened = signatures
    .filter((signature) => signature.step === step)
    .filter((signature) => !turns || isNew(known, signature) || isItsTurn(policy, known, signature, enough))
    .flatMap(({ signed, ...signature }): ProjectedTask[] => {
      const before = known.find((one) => one.step === step && one.ordinal === signature.ordinal);
      if (before?.status === 'approved' || (turns && before?.status === 'open')) return [];
      const task = before?.task ?? signature.task ?? uuid4();
      const decision = signed ?? known.find(({ also }) => also?.includes(task))?.decision;
      const open: ProjectedTask = before
        ? openAgain(policy, before)
        : { ...signature, task, round, submission, status: 'open', ...timesOf(policy, step) };
      return [{ ...open, ...(decision && { status: 'approved', decision, closedAt: open.openedAt }) }];
    });
  visit.tasks = [...visit.tasks.filter(({ task }) => !opened.some((anew) => anew.task === task)), ...opened];
}

/**
 * A signature that the visit brings along to another version of its policy, or one that this asks for: it has a task at once,
 * whosever turn it is, so that those who wait see for whom.
 */
const isNew = (known: readonly ProjectedTask[], { step, ordinal, added, signed }: Signature): boolean =>
  signed !== undefined || (!added && !known.some((one) => one.step === step && one.ordinal === ordinal));

/** Where signers were added to a step: whose turn it is, is asked, and the others wait. */
export function takeTurns(visit: Visit, policy: CompiledPolicy, step: number): void {
  const known = tasksOf(visit, policy.submission);
  if (!hasAdded(policy, known, step)) return;
  const enough = isEnough(known, policy, step);
  const turns = policy.signatures.filter((one) => one.step === step && isItsTurn(policy, known, one, enough));
  const waits = ({ step: of, ordinal, status }: ProjectedTask) =>
    of === step && status === 'open' && !turns.some((one) => one.ordinal === ordinal);
  const waiting = known.filter(waits);
  if (waiting.length > 0) dropTasks(visit, waiting);
  openStep(visit, policy, step);
}

/** What the policy asks of a step is signed. Who was added does not count. */
const isEnough = (tasks: readonly ProjectedTask[], policy: CompiledPolicy, step: number): boolean =>
  tasks.filter((task) => task.step === step && task.status === 'approved' && !task.added).length >=
  needOf(policy, step);

/** Of a task that opens at this moment. */
function timesOf(policy: CompiledPolicy, step: number): Pick<ProjectedTask, 'openedAt' | 'decideBy'> {
  const openedAt = Date.now();
  const within = stepOf(policy, step)?.within ?? Number.POSITIVE_INFINITY;
  return { openedAt, decideBy: Math.min(policy.decideBy, openedAt + within) };
}

export function signTask(
  visit: Visit,
  task: string,
  signed: Pick<ProjectedTask, 'status' | 'decision' | 'also'>,
): void {
  const closedAt = Date.now();
  visit.tasks = visit.tasks.map((known) => (known.task === task ? { ...known, ...signed, closedAt } : known));
}

/** Visits of an earlier release had later steps decided before the earlier one stood again. */
export const laterStepsWait = 'later steps wait';

/** At the foot of the ladder, whose first rung has to be asked for. */
export function openAgain(
  policy: CompiledPolicy,
  { decision: _, closedAt: __, also: ___, rung: ____, ...task }: ProjectedTask,
): ProjectedTask {
  return { ...task, status: 'open', ...timesOf(policy, task.step), rungAt: 0 };
}

/** Nobody decides them for now, or stands by another time. */
export function dropTasks(visit: Visit, dropped: readonly ProjectedTask[]): void {
  if (dropped.some(({ task }) => task === visit.proposal?.task)) delete visit.proposal;
  withdrawTasks(visit, dropped);
}

/** What still waits for a signature needs none any more. */
export function withdrawTasks(visit: Visit, among: readonly ProjectedTask[] = visit.tasks): void {
  const closedAt = Date.now();
  visit.tasks = visit.tasks.map((task) =>
    task.status === 'open' && among.includes(task) ? { ...task, status: 'withdrawn', closedAt } : task,
  );
}

/**
 * Opens what follows, as far as enough have signed.
 *
 * @returns whether nothing follows any more: every step has the signatures it needs
 */
export function moveOn(visit: Visit, policy: CompiledPolicy): boolean {
  const steps = [...new Set(policy.signatures.map(({ step }) => step))].toSorted((a, b) => a - b);
  for (const step of steps) {
    const asked = () => tasksOf(visit, policy.submission).filter((task) => task.step === step);
    const isSigned = () => isEnough(asked(), policy, step) && addedHaveSigned(policy, asked(), step);
    const waits = asked().some(({ status }) => status === 'open');
    if (!isSigned() && !waits && (asked().length === 0 || patched(laterStepsWait))) openStep(visit, policy, step);
    takeTurns(visit, policy, step);
    if (!isSigned()) return false;
    withdrawTasks(visit, asked());
  }
  return true;
}

/** The step that waits, and when its own time ends, epoch ms; undefined where it has all the time, or others may sign by now. */
export function limitOf(
  visit: Visit,
  policy: CompiledPolicy,
): { step: number; at: number; late: 'lapse' | 'climb' } | undefined {
  const waiting = tasksOf(visit, policy.submission).find(({ status }) => status === 'open');
  if (!waiting) return undefined;
  const { within, late } = stepOf(policy, waiting.step) ?? {};
  if (within === undefined || !late || (late === 'climb' && (waiting.rung ?? 0) >= headMayAct)) return undefined;
  const at = waiting.openedAt + within;
  return at < policy.decideBy ? { step: waiting.step, at, late } : undefined;
}

/** Nobody signed in the time of a step: others may as well, for as long as the policy leaves. */
export function climb(visit: Visit, { submission, decideBy }: CompiledPolicy, step: number): void {
  const late = tasksOf(visit, submission).filter((task) => task.step === step && task.status === 'open');
  visit.tasks = visit.tasks.map((task) => {
    if (!late.includes(task)) return task;
    // Its next rung is asked for anew.
    const { rungAt: _, ...known } = task;
    return { ...known, rung: Math.max(task.rung ?? 0, headMayAct), decideBy };
  });
}

/** When a request that waits ends by itself, epoch ms. */
export function waitsUntil(visit: Visit, policy: CompiledPolicy): number {
  const limit = limitOf(visit, policy);
  return limit?.late === 'lapse' ? limit.at : policy.decideBy;
}

/** Where a round goes on; undefined while a signature for its submission is missing. */
export function stageOnceSigned(visit: Visit, policy: CompiledPolicy): Stage | undefined {
  if (!moveOn(visit, policy)) return undefined;
  return (policy.fee?.amount ?? 0) > (visit.money?.kept ?? 0) ? 'payment' : 'pass';
}

/** All of its newest round: it has a further one where it was moved to another version of its policy. */
export function tasksOf({ tasks }: Visit, submission: string): ProjectedTask[] {
  const own = tasks.filter((task) => task.submission === submission);
  const newest = Math.max(...own.map(({ round }) => round));
  return own.filter(({ round }) => round === newest);
}

/** An answer comes too late, or speaks of no task. */
export function refuseClosedTask({ tasks }: Visit, { task }: { task: string }): RefusalCode | undefined {
  const found = tasks.find((known) => known.task === task);
  if (!found) return 'wrong_stage';
  return found.status === 'open' ? undefined : 'task_closed';
}
