import { ActivityFailure, condition, isCancellation } from '@temporalio/workflow';
import { closingOrders } from './activities.ts';
import { advance, close } from './advance.ts';
import { isTime } from './clock.ts';
import { actor, learn, owes } from './money.ts';
import { policyOf, type Visit } from './visit.ts';

/**
 * Waits until the fee is paid; unpaid in its time, it ends. An approval that is taken back, or a change by which nothing is
 * owed any more, ends the wait.
 */
export async function payment(visit: Visit): Promise<void> {
  const isOwing = () => visit.stage === 'payment' && owes(visit, policyOf(visit));
  while (visit.stage === 'payment') {
    if (!isOwing()) return goOn(visit);
    const { stageUntil: until = 0 } = visit;
    const isOver = () => !isOwing() || visit.stageUntil !== until;
    const over = await condition(isOver, Math.max(1, until - Date.now()), { summary: 'the fee must be paid' });
    if (over || !isTime(until)) continue;
    await closeOrders(visit);
    if (isOwing()) {
      return close(visit, 'expired', [
        { kind: 'payment_lapsed', actor },
        { kind: 'expired', actor },
      ]);
    }
  }
}

function goOn(visit: Visit): void {
  const isFree = policyOf(visit).fee === undefined;
  advance(visit, { stage: 'pass' }, isFree ? [] : [{ kind: 'paid', actor }]);
}

/**
 * No order can be paid any more, and what was paid until then is known. A provider that says nothing for long holds nothing up: an
 * order dies by its own date, and what turns out to be paid goes back.
 */
async function closeOrders(visit: Visit): Promise<void> {
  const { reservation } = visit.start;
  try {
    learn(visit, await closingOrders.closeOrders({ reservation }));
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
  }
}
