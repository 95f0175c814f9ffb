import { condition } from '@temporalio/workflow';
import { close } from './advance.ts';
import { policyOf, type Visit } from './visit.ts';

/**
 * Waits until every required signature is there; undecided before the visit begins, it fails closed. A change that
 * comes before the decision replaces the request that waits, with a time of its own.
 */
export async function approval(visit: Visit): Promise<'granted' | 'returned'> {
  while (visit.stage === 'approval') {
    const policy = policyOf(visit);
    const moved = () => visit.stage !== 'approval' || policyOf(visit).submission !== policy.submission;
    const inTime = await condition(moved, Math.max(1, policy.decideBy - Date.now()), {
      summary: 'the department must have decided',
    });
    if (!inTime) return close(visit, 'expired', [{ kind: 'expired', actor: { kind: 'system', id: 'approval' } }]);
  }
  return visit.stage === 'details' ? 'returned' : 'granted';
}
