import { ActivityFailure, condition, isCancellation } from '@temporalio/workflow';
import { settling } from './activities.ts';
import { close } from './advance.ts';
import { isTime } from './clock.ts';
import { lapseChange } from './verbs/change.ts';
import { policyOf, type Visit } from './visit.ts';

/**
 * The visit: from the passes on until the window's end, when they are worthless by their own date. The outcome
 * is known once every gate of the campus has forwarded past that moment; it waits for no gate longer than `settleFor`.
 * Where an approval was taken back before, the visit waits for approval once more.
 */
export async function stay(visit: Visit): Promise<void> {
  await windowEnds(visit);
  if (visit.stage !== 'visit') return;
  visit.over = true;
  lapseChange(visit);
  await gatesForwarded(visit);
  const outcome = visit.entered.size > 0 ? 'completed' : 'no_show';
  const actor = { kind: 'system', id: 'visit' } as const;
  return close(visit, outcome, [
    { kind: 'window_ended', actor, at: policyOf(visit).until },
    { kind: outcome, actor },
  ]);
}

/** A change may move the end while it is waited for, and an approval that is taken back ends the wait. */
async function windowEnds(visit: Visit): Promise<void> {
  for (let ended = false; !ended && visit.stage === 'visit'; ) {
    const { until } = policyOf(visit);
    const moves = () => visit.stage !== 'visit' || policyOf(visit).until !== until;
    const moved = await condition(moves, Math.max(1, until - Date.now()), {
      summary: 'the window ends',
    });
    ended = !moved && isTime(until);
  }
}

async function gatesForwarded(visit: Visit): Promise<void> {
  const { campus, until } = policyOf(visit);
  try {
    await settling(visit.start.durations.settleFor).gatesForwarded({ campus, moment: until });
  } catch (error) {
    // Silent gates have had their time; what they tell later corrects the outcome.
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
  }
}
