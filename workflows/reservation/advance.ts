import { CancellationScope, CancelledFailure, isCancellation } from '@temporalio/workflow';
import type { CompiledPolicy, GateEvent, Projection, TimelineEntry } from '../../domain/projection.ts';
import type { Answer } from '../../domain/request.ts';
import type { Outcome } from '../../domain/reservation.ts';
import { core, local } from './activities.ts';
import { unfinished } from './beside.ts';
import { showStage } from './progress.ts';
import { withdrawTasks } from './tasks.ts';
import { enteredOf, exitUnseen, isDraft, isOpen, type Visit } from './visit.ts';

export type Happened = Omit<TimelineEntry, 'n' | 'at'> & { at?: number };

/**
 * One transition: the state changes at once, the rows follow in order. Nobody waits for the rows here, so that
 * a database outage holds up no answer; what needs them awaits `visit.projected`.
 *
 * A stage whose activity had already ended when a handler closed the reservation goes on behind its `await`: the
 * cancelled scope does not stop it, this does.
 *
 * @throws CancelledFailure when the reservation is closed
 */
export function advance(
  visit: Visit,
  change: Partial<Pick<Visit, 'stage' | 'stageUntil'>>,
  happened: Happened[],
  events: GateEvent[] = [],
): Answer {
  if (!isOpen(visit)) throw new CancelledFailure('The reservation is closed');
  const entersStage = change.stage !== undefined && change.stage !== visit.stage;
  if (entersStage) delete visit.stageUntil;
  Object.assign(visit, change);
  visit.seq += 1;
  const projection = snapshot(visit, happened, events);
  visit.projected = visit.projected.then(() => CancellationScope.nonCancellable(() => project(projection)));
  unfinished(visit, visit.projected);
  if (entersStage) showStage(visit);
  return { ok: true, stage: visit.stage, seq: visit.seq };
}

/**
 * Ends the reservation. A stage returns what this returns and so is left; a handler that closes it leaves the
 * stages where they wait.
 */
export function close(visit: Visit, outcome: Outcome, happened: Happened[]): Promise<never> {
  if (!isOpen(visit)) return visit.stages.cancelRequested;
  visit.outcome = outcome;
  delete visit.change;
  delete visit.proposal;
  withdrawTasks(visit);
  advance(visit, { stage: 'closed' }, happened);
  visit.stages.cancel();
  return visit.stages.cancelRequested;
}

/** Runs the stages until one of them, or a handler, closes the reservation, or the next run is to go on. */
export async function untilClosed(visit: Visit, stages: () => Promise<void>): Promise<void> {
  try {
    await visit.stages.run(stages);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    if (isOpen(visit) && !visit.continuing) closeForOperator(visit);
  }
}

/** Somebody cancelled the workflow with the engine's own tools: nothing done is left standing for that. */
function closeForOperator(visit: Visit): void {
  const outcome = isDraft(visit) ? 'abandoned' : 'cancelled';
  close(visit, outcome, [{ kind: outcome, actor: { kind: 'system', id: 'operator' } }]);
}

/** The state as it is now, for the rows. */
export function snapshot(visit: Visit, happened: Happened[], events: GateEvent[]): Projection {
  const at = Date.now();
  return {
    reservation: visit.start.reservation,
    seq: visit.seq,
    round: visit.round,
    stage: visit.stage,
    ...(visit.outcome && { outcome: visit.outcome }),
    ...(visit.policy && { policy: visit.policy }),
    ...(visit.approvedAs && { approvedAs: visit.approvedAs }),
    ...(visit.stageUntil && { stageUntil: visit.stageUntil }),
    ...(visit.change && { change: waiting(visit.change) }),
    ...(visit.proposal && { proposal: visit.proposal.request }),
    nudges: visit.nudges,
    ...(visit.nudgedAt && { nudgedAt: visit.nudgedAt }),
    ...(visit.overstay && { overstay: visit.overstay }),
    ...(visit.saidLeftAt && { saidLeftAt: visit.saidLeftAt }),
    ...attendance(visit),
    tasks: [...visit.tasks],
    timeline: happened.map((entry, n) => ({ at, ...entry, n })),
    events,
    at,
  };
}

/** Who came, and whose exit was not seen, person by person: known once the visit's time is over and its gates have forwarded. */
function attendance(visit: Visit): Pick<Projection, 'attendance'> {
  const { outcome } = visit;
  if (outcome !== 'completed' && outcome !== 'no_show') return {};
  return { attendance: { came: enteredOf(visit), exitUnseen: exitUnseen(visit) } };
}

const waiting = ({ submission, decideBy, ordinals }: CompiledPolicy) => ({ submission, decideBy, ordinals });

/** Two quick attempts within the workflow task; then as an ordinary activity, until the database is back. */
async function project(projection: Projection): Promise<void> {
  try {
    await local.project(projection);
  } catch (error) {
    if (isCancellation(error)) throw error;
    await core.project(projection);
  }
}
