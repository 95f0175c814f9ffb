import { allHandlersFinished, CancellationScope, condition, patched, workflowInfo } from '@temporalio/workflow';
import { type Carried, usualRenewal } from '../messages/carried.ts';
import { showDetails } from './progress.ts';
import { awaitLapse } from './verbs/change.ts';
import { awaitsDetails, enteredOf, isOpen, type Visit } from './visit.ts';

/**
 * A visit lives for weeks, and an execution takes a bounded number of messages: in an idle moment a long run gives way to
 * the next one, which goes on where this one stood.
 */

/** Ids and answers that the next run still knows. */
const remembered = 1_000;

/** What the run before had under way and no history of this one tells. */
export function goOn(visit: Visit): void {
  if (!visit.start.carried) return;
  showDetails(visit);
  if (visit.change) awaitLapse(visit, visit.change);
}

/** Leaves the stages where they wait, as soon as this run is long and nothing is under way. */
export async function giveWay(visit: Visit): Promise<void> {
  // Asked last, and never by a replay of what an earlier release did.
  await CancellationScope.nonCancellable(() =>
    condition(() => isLong(visit) && isIdle(visit) && patched('continues as new')),
  );
  visit.continuing = carry(visit);
  visit.stages.cancel();
}

function isLong({ start, heard }: Visit): boolean {
  const { updates, signals } = start.renewAfter ?? usualRenewal;
  return heard.updates >= updates || heard.signals >= signals || workflowInfo().continueAsNewSuggested;
}

/** It waits for people, and everything that it began is finished and in the rows. */
function isIdle(visit: Visit): boolean {
  const isAsked = visit.stage === 'approval' || visit.stage === 'payment';
  const waits = awaitsDetails(visit) || isAsked || (visit.stage === 'visit' && !visit.over);
  const settled =
    visit.underWay === 0 && !visit.underAdmission && visit.submissions.length === 0 && allHandlersFinished();
  return isOpen(visit) && waits && settled && !visit.stages.consideredCancelled;
}

function carry(visit: Visit): Carried {
  const { startedAt, seq, round, stage, refusals, tasks, nudges, changes, undo } = visit;
  const { stageUntil, draftUntil, ready, policy, approvedAs, change, nudgedAt, proposal, money, saidLeftAt } = visit;
  return {
    startedAt,
    seq,
    round,
    stage,
    refusals,
    tasks,
    nudges,
    changes,
    undo: [...undo],
    ...(stageUntil !== undefined && { stageUntil }),
    ...(draftUntil !== undefined && { draftUntil }),
    ...(ready && { ready }),
    ...(policy && { policy }),
    ...(approvedAs && { approvedAs }),
    ...(change && { change }),
    ...(nudgedAt !== undefined && { nudgedAt }),
    ...(proposal && { proposal }),
    ...(money && { money }),
    ...(saidLeftAt !== undefined && { saidLeftAt }),
    entered: enteredOf(visit),
    entries: [...visit.entries].slice(-remembered),
    seen: [...visit.seen].map(([ordinal, { inside, at }]) => [ordinal, inside, at]),
    handled: [...visit.handled].slice(-remembered),
    answers: [...visit.earlier, ...visit.given].slice(-remembered),
  };
}
