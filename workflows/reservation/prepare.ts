import { condition } from '@temporalio/workflow';
import { close } from './advance.ts';
import { isTime } from './clock.ts';
import { isDraft, type Visit } from './visit.ts';

/**
 * A proved phone, the agreement, the person. The visitor owns all three; `web` writes them whether or not a reservation
 * exists, and the workflow waits for one proof. A submission brings the same proof for a returning visitor.
 */
export async function prepare(visit: Visit): Promise<void> {
  // Proved in an earlier run.
  if (visit.start.carried && visit.ready) return;
  visit.draftUntil ??= Date.now() + visit.start.durations.draftTtl;
  const isProved = () => Boolean(visit.ready) || visit.submissions.length > 0;
  let proved: boolean;
  do {
    const left = Math.max(1, visit.draftUntil - Date.now());
    proved = await condition(isProved, left, { summary: 'the draft lapses' });
  } while (!proved && !isTime(visit.draftUntil));
  delete visit.draftUntil;
  if (!proved) return lapse(visit);
}

/** Nobody submitted anything: a draft ends and is forgotten; what was returned and not corrected in time expires. */
export function lapse(visit: Visit): Promise<never> {
  const outcome = isDraft(visit) ? 'abandoned' : 'expired';
  return close(visit, outcome, [{ kind: outcome, actor: { kind: 'system', id: 'draft' } }]);
}
