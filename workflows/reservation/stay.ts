import { ActivityFailure, isCancellation, sleep } from '@temporalio/workflow';
import { settling } from './activities.ts';
import { close } from './advance.ts';
import { policyOf, type Visit } from './visit.ts';

/**
 * The visit: from the passes on until the window's end, when they are worthless by their own date. The outcome
 * is known once every gate of the campus has forwarded past that moment; it waits for no gate longer than `settleFor`.
 */
export async function stay(visit: Visit): Promise<void> {
  const { until } = policyOf(visit);
  await sleep(Math.max(1, until - Date.now()), { summary: 'the window ends' });
  visit.over = true;
  await gatesForwarded(visit);
  const outcome = visit.entered.size > 0 ? 'completed' : 'no_show';
  const actor = { kind: 'system', id: 'visit' } as const;
  return close(visit, outcome, [
    { kind: 'window_ended', actor, at: until },
    { kind: outcome, actor },
  ]);
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
