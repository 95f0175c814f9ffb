import { CancellationScope } from '@temporalio/workflow';
import type { ReservationResult } from '../messages/reservation.ts';
import { coreWith } from './activities.ts';
import { settleBeside } from './beside.ts';
import { tell } from './notification.ts';
import type { Visit } from './visit.ts';

/** After the decision that ends a reservation: undo what has to be undone, tell, and finish what still runs. */
export async function closed(visit: Visit): Promise<ReservationResult> {
  const { outcome } = visit;
  if (!outcome) throw new Error('A reservation ends with an outcome');
  await CancellationScope.nonCancellable(async () => {
    // The row first: from then on an attempt that was cut short neither issues a pass nor takes a place.
    await visit.projected;
    if (outcome === 'abandoned')
      await coreWith('the draft is forgotten').forgetDraft({ reservation: visit.start.reservation });
    if (outcome === 'cancelled' || outcome === 'rejected' || outcome === 'expired') {
      for (const undo of visit.undo.toReversed()) await undo();
      const decision = outcome === 'rejected' && visit.tasks.findLast(({ status }) => status === 'rejected')?.decision;
      tell(visit, outcome, decision ? { decision } : {});
    }
    await settleBeside(visit);
  });
  return { outcome, seq: visit.seq, entered: [...visit.entered].toSorted((a, b) => a - b) };
}
