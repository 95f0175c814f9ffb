import { condition, workflowInfo } from '@temporalio/workflow';
import type { Answer, RefusalCode } from '../../domain/request.ts';
import type { Ready } from '../messages/reservation.ts';
import { advance, close } from './advance.ts';
import { isDraft, type Visit } from './visit.ts';

/**
 * registration → consent → profile. The visitor owns all three; `web` writes them whether or not a reservation
 * exists, and the workflow waits for one proof. A submission brings the same proof for a returning visitor.
 */
export async function prepare(visit: Visit): Promise<void> {
  const proved = await condition(
    () => Boolean(visit.ready) || visit.submissions.length > 0,
    visit.start.durations.draftTtl,
    {
      summary: 'the draft lapses',
    },
  );
  if (!proved) return lapse(visit);
}

/** Nobody submitted anything: a draft ends and is forgotten; what was returned and not corrected in time expires. */
export function lapse(visit: Visit): Promise<never> {
  const outcome = isDraft(visit) ? 'abandoned' : 'expired';
  return close(visit, outcome, [{ kind: outcome, actor: { kind: 'system', id: 'draft' } }]);
}

export const refuseReady = (visit: Visit): RefusalCode | undefined => (isDraft(visit) ? undefined : 'wrong_stage');

export function handleReady(visit: Visit, { ready, actor }: Ready): Answer {
  const known = visit.ready;
  visit.ready = ready;
  if (known) return { ok: true, stage: visit.stage, seq: visit.seq };
  return advance(visit, { stage: 'details' }, [
    { kind: 'registered', actor, at: workflowInfo().startTime.getTime() },
    { kind: 'ready', actor },
  ]);
}
