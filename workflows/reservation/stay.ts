import { ActivityFailure, condition, isCancellation } from '@temporalio/workflow';
import { settling } from './activities.ts';
import { close } from './advance.ts';
import { isTime } from './clock.ts';
import { overstay } from './overstay.ts';
import { lapseChange } from './verbs/change.ts';
import { exitUnseen, hasEntered, policyOf, type Visit } from './visit.ts';

/**
 * The visit: from the passes on until the window's end, when they are worthless by their own date. The outcome
 * is known once every gate of the campus has forwarded past that moment; it waits for no gate longer than `settleFor`.
 * Whoever is still inside then, where gates say who leaves, is waited for (overstay.ts).
 * Where an approval was taken back before, the visit waits for approval once more.
 */
export async function stay(visit: Visit): Promise<void> {
  for (let ended: number | undefined; ended !== until(visit); ) {
    visit.over = false;
    await windowEnds(visit);
    if (visit.stage !== 'visit') return;
    visit.over = true;
    ended = until(visit);
    lapseChange(visit);
    await gatesForwarded(visit);
    await overstay(visit);
  }
  lapseChange(visit);
  const outcome = hasEntered(visit) ? 'completed' : 'no_show';
  const actor = { kind: 'system', id: 'visit' } as const;
  return close(visit, outcome, [
    { kind: 'window_ended', actor, at: until(visit) },
    ...(exitUnseen(visit).length > 0 ? [{ kind: 'exit_not_seen', actor } as const] : []),
    { kind: outcome, actor },
  ]);
}

/** Later than it was, where somebody still there was allowed to stay longer: then the visit goes on. */
const until = (visit: Visit): number => policyOf(visit).until;

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
