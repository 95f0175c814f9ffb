import { CancellationScope, condition } from '@temporalio/workflow';
import { headMayAct, lastRung, rungEvents } from '../../domain/ladder.ts';
import type { CompiledPolicy, ProjectedTask } from '../../domain/projection.ts';
import type { Climbed } from '../messages/activities.ts';
import { climbing } from './activities.ts';
import { advance, type Happened } from './advance.ts';
import { isSame } from './asked-policy.ts';
import { unfinished } from './beside.ts';
import { putAside } from './movements.ts';
import { limitOf } from './tasks.ts';
import type { Visit } from './visit.ts';

/**
 * The ladder: remind, remind again with a copy to the deputy, deputy or head, security desk. One timer stands for whatever
 * is due first, a rung or the end, so that a request that is decided in time costs no event more than its timer.
 */

/** Whether a fact from outside is one: nobody who may act on the task, on that rung, can be told any more. */
interface Unreached {
  task: string;
  rung: number;
}

/** The next rung is due now: there is nobody to wait for. */
export function handleUnreached(visit: Visit, told: unknown): void {
  if (!isUnreached(told)) {
    putAside(visit, 'message');
    return;
  }
  const waits = (task: ProjectedTask) =>
    task.task === told.task && task.status === 'open' && (task.rung ?? 0) === told.rung;
  visit.tasks = visit.tasks.map((task) => (waits(task) ? { ...task, rungAt: Date.now() } : task));
}

const isUnreached = (told: unknown): told is Unreached =>
  typeof told === 'object' &&
  told !== null &&
  'task' in told &&
  typeof told.task === 'string' &&
  'rung' in told &&
  Number.isInteger(told.rung);

const waitingOf = ({ tasks, round }: Visit, { submission }: CompiledPolicy): ProjectedTask[] =>
  tasks.filter((task) => task.submission === submission && task.round === round && task.status === 'open');

/** When the nearest rung of any of its tasks is due; `Infinity`: never, as for what an earlier release admitted. */
export const nextRung = (visit: Visit, policy: CompiledPolicy): number =>
  Math.min(...waitingOf(visit, policy).map((task) => rungDue(visit, policy, task)));

/** Admission says when the tasks that open first are due for the first rung; else it has to be asked: 0. */
function rungDue(visit: Visit, { remindAt }: CompiledPolicy, task: ProjectedTask): number {
  if (remindAt === undefined) return Number.POSITIVE_INFINITY;
  if (task.rungAt === null) return Number.POSITIVE_INFINITY;
  // The visit was moved, and has less time now.
  if (task.rungAt !== undefined) return task.rungAt < task.decideBy ? task.rungAt : 0;
  const first = visit.tasks.filter(({ round }) => round === task.round).every((one) => task.openedAt <= one.openedAt);
  return first && !task.rung && remindAt < task.decideBy ? remindAt : 0;
}

/**
 * What is due climbs. The decision is not kept waiting for it, and the end comes while the database is away.
 *
 * @param waiting the policy as it stands, undefined once it does not wait any more
 */
export async function climbLadder(
  visit: Visit,
  policy: CompiledPolicy,
  waiting: () => CompiledPolicy | undefined,
): Promise<void> {
  const { reservation } = visit.start;
  const limit = limitOf(visit, policy);
  // A step that lets deputy and head act at a time of its own does so then.
  const upTo = limit?.late === 'climb' ? headMayAct - 1 : lastRung;
  const tasks = waitingOf(visit, policy)
    .filter((task) => rungDue(visit, policy, task) <= Date.now())
    .map((task) => {
      const due = rungDue(visit, policy, task) > 0;
      return { task: task.task, rung: task.rung ?? 0, due, upTo, decideBy: task.decideBy };
    });
  const left = Math.max(1, (limit?.at ?? policy.decideBy) - Date.now());
  let climbed: Climbed[] | undefined;
  const scope = new CancellationScope();
  const asked = scope.run(() => climbing(left).climb({ reservation, tasks }));
  asked.then(
    (answer) => {
      climbed = answer;
    },
    // The time is over, or it can never be asked: then nobody else comes before the end.
    () => {
      climbed = tasks.map(({ task, rung }) => ({ task, rung }));
    },
  );
  unfinished(visit, asked);
  const decided = () => {
    const now = waiting();
    return !now || !isSame(now, policy);
  };
  await condition(() => decided() || climbed !== undefined);
  if (decided()) scope.cancel();
  else stand(visit, tasks, climbed ?? []);
}

/** Each on its rung, unless something else has moved it meanwhile. */
function stand(visit: Visit, asked: { task: string; rung: number }[], climbed: Climbed[]): void {
  const reached = new Set<number>();
  visit.tasks = visit.tasks.map((task) => {
    const now = climbed.find((one) => one.task === task.task);
    const before = asked.find((one) => one.task === task.task);
    if (!now || !before || task.status !== 'open' || (task.rung ?? 0) !== before.rung) return task;
    if (now.rung > before.rung) reached.add(now.rung);
    return { ...task, rung: now.rung, rungAt: now.next ?? null };
  });
  if (reached.size === 0) return;
  const actor = { kind: 'system', id: 'ladder' } as const;
  const happened = [...reached]
    .toSorted((a, b) => a - b)
    .flatMap((rung): Happened[] => {
      const kind = rungEvents[rung - 1];
      return kind ? [{ kind, actor }] : [];
    });
  advance(visit, {}, happened);
}
