import { uuid4 } from '@temporalio/workflow';
import { headMayAct } from '../../domain/ladder.ts';
import type { CompiledPolicy, ProjectedTask } from '../../domain/projection.ts';
import type { RefusalCode } from '../../domain/request.ts';
import type { Stage } from '../../domain/reservation.ts';
import type { Visit } from './visit.ts';

/**
 * A task is one required signature: (reservation, round, step, ordinal). Those of earlier rounds are kept. Steps open one
 * after another: the first with its policy, the next once enough have signed.
 */
export function openTasks(visit: Visit, policy: CompiledPolicy): void {
  openStep(visit, policy, Math.min(...policy.signatures.map(({ step }) => step)));
  visit.nudges = 0;
  delete visit.nudgedAt;
}

/** Who signed an earlier step of this round and named this task with it has signed it. */
function openStep(visit: Visit, policy: CompiledPolicy, step: number): void {
  const { submission, signatures, decideBy } = policy;
  const within = stepOf(policy, step)?.within ?? Number.POSITIVE_INFINITY;
  const openedAt = Date.now();
  const opened = signatures
    .filter((signature) => signature.step === step)
    .map(({ signed, ...signature }): ProjectedTask => {
      const task = signature.task ?? uuid4();
      const decision = signed ?? roundOf(visit, submission).find(({ also }) => also?.includes(task))?.decision;
      return {
        ...signature,
        task,
        round: visit.round,
        submission,
        status: 'open',
        openedAt,
        decideBy: Math.min(decideBy, openedAt + within),
        ...(decision && { status: 'approved', decision, closedAt: openedAt }),
      };
    });
  visit.tasks = [...visit.tasks, ...opened];
}

export function signTask(
  visit: Visit,
  task: string,
  signed: Pick<ProjectedTask, 'status' | 'decision' | 'also'>,
): void {
  const closedAt = Date.now();
  visit.tasks = visit.tasks.map((known) => (known.task === task ? { ...known, ...signed, closedAt } : known));
}

/**
 * A signature that was taken back is missing again: its task and those beside it that needed none since. What was signed with
 * it in later steps is asked again in its turn.
 */
export function reopenTask(visit: Visit, task: string): void {
  const taken = visit.tasks.find((known) => known.task === task);
  if (!taken) return;
  const { submission, round, step, decision } = taken;
  const beside = (known: ProjectedTask) =>
    known.submission === submission && known.round === round && known.step === step && known.status === 'withdrawn';
  visit.tasks = visit.tasks
    .filter((known) => known.task === task || known.decision !== decision)
    .map((known) => (known.task === task || beside(known) ? openAgain(visit, known) : known));
}

/** At the foot of the ladder, whose first rung has to be asked for. */
function openAgain(
  visit: Visit,
  { decision: _, closedAt: __, also: ___, rung: ____, ...task }: ProjectedTask,
): ProjectedTask {
  const decideBy = visit.policy?.decideBy ?? task.decideBy;
  return { ...task, status: 'open', openedAt: Date.now(), decideBy, rungAt: 0 };
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
    const asked = () => roundOf(visit, policy.submission).filter((task) => task.step === step);
    if (asked().length === 0) openStep(visit, policy, step);
    if (asked().filter(({ status }) => status === 'approved').length < needOf(policy, step)) return false;
    withdrawTasks(visit, asked());
  }
  return true;
}

/** The step that waits, and when its own time ends, epoch ms; undefined where it has all the time, or others may sign by now. */
export function limitOf(
  visit: Visit,
  policy: CompiledPolicy,
): { step: number; at: number; late: 'lapse' | 'climb' } | undefined {
  const waiting = roundOf(visit, policy.submission).find(({ status }) => status === 'open');
  if (!waiting) return undefined;
  const { within, late } = stepOf(policy, waiting.step) ?? {};
  if (within === undefined || !late || (late === 'climb' && (waiting.rung ?? 0) >= headMayAct)) return undefined;
  const at = waiting.openedAt + within;
  return at < policy.decideBy ? { step: waiting.step, at, late } : undefined;
}

/** Nobody signed in the time of a step: others may as well, for as long as the policy leaves. */
export function climb(visit: Visit, { submission, decideBy }: CompiledPolicy, step: number): void {
  const late = roundOf(visit, submission).filter((task) => task.step === step && task.status === 'open');
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
export const stageOnceSigned = (visit: Visit, policy: CompiledPolicy): Stage | undefined =>
  moveOn(visit, policy) ? 'pass' : undefined;

/** Whether both ask the same seats in the same steps, and as many of them. */
export const asksTheSame = (one: CompiledPolicy, other: CompiledPolicy): boolean =>
  one.signatures.length === other.signatures.length &&
  one.signatures.every(
    (seat, n) => isSameSeat(seat, other.signatures[n]) && needOf(one, seat.step) === needOf(other, seat.step),
  );

/** The same policy with the signature of this seat, where it asks for it. */
export const signedBy = (policy: CompiledPolicy, seat: Signature, decision: string): CompiledPolicy => ({
  ...policy,
  signatures: policy.signatures.map((one) => (isSameSeat(one, seat) ? { ...one, signed: decision } : one)),
});

type Signature = CompiledPolicy['signatures'][number];
const isSameSeat = (one: Signature, other: Signature | undefined): boolean =>
  other !== undefined && seatKey(one) === seatKey(other);
const seatKey = ({ step, ordinal, department, role, people }: Signature): string =>
  JSON.stringify([step, ordinal, department, role ?? null, people ?? null]);

const roundOf = ({ tasks, round }: Visit, submission: string): ProjectedTask[] =>
  tasks.filter((task) => task.submission === submission && task.round === round);

/** Left out: every signature of it. */
const needOf = (policy: CompiledPolicy, step: number): number =>
  stepOf(policy, step)?.need ?? policy.signatures.filter((one) => one.step === step).length;

const stepOf = ({ steps }: CompiledPolicy, step: number) => steps?.find((one) => one.step === step);

/** An answer comes too late, or speaks of no task. */
export function refuseClosedTask({ tasks }: Visit, { task }: { task: string }): RefusalCode | undefined {
  const found = tasks.find((known) => known.task === task);
  if (!found) return 'wrong_stage';
  return found.status === 'open' ? undefined : 'task_closed';
}
