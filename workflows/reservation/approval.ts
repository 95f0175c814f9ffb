import { condition } from '@temporalio/workflow';
import { close } from './advance.ts';
import { climbLadder } from './ladder.ts';
import { waitFor } from './time-limits.ts';
import { policyOf, type Visit } from './visit.ts';

/**
 * Waits until every required signature is there; undecided before the visit begins, or where a step's time is over and
 * its policy says so, it fails closed. A change that comes before the decision replaces the request that waits, with a time
 * of its own.
 */
export async function approval(visit: Visit): Promise<'granted' | 'returned'> {
  const waiting = () => (visit.stage === 'approval' ? policyOf(visit) : undefined);
  for (let policy = waiting(); policy; policy = waiting()) {
    const { isOver, atMost, isRungDue, isAtEnd } = waitFor(visit, policy, waiting);
    if (isRungDue()) {
      await climbLadder(visit, policy, waiting);
      continue;
    }
    const inTime = await condition(isOver, atMost, { summary: 'the department must have decided' });
    if (!inTime && !isRungDue() && isAtEnd()) {
      return close(visit, 'expired', [{ kind: 'expired', actor: { kind: 'system', id: 'approval' } }]);
    }
  }
  return visit.stage === 'details' ? 'returned' : 'granted';
}
