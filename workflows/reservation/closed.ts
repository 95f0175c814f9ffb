import { CancellationScope, patched } from '@temporalio/workflow';
import type { Outcome, Undo } from '../../domain/reservation.ts';
import type { ReservationResult } from '../messages/reservation.ts';
import { coreWith } from './activities.ts';
import { settleBeside } from './beside.ts';
import { tell } from './notification.ts';
import { enteredOf, hasEntered, type Visit } from './visit.ts';

/** After the decision that ends a reservation: undo what has to be undone, tell, and finish what still runs. */
export async function closed(visit: Visit): Promise<ReservationResult> {
  const { outcome } = visit;
  if (!outcome) throw new Error('A reservation ends with an outcome');
  await CancellationScope.nonCancellable(async () => {
    const undone = await undoPasses(visit, outcome);
    // From then on an attempt that was cut short takes no place.
    await visit.projected;
    if (outcome === 'abandoned')
      await coreWith('the draft is forgotten').forgetDraft({ reservation: visit.start.reservation });
    if (undoes(outcome)) {
      for (const undo of visit.undo.toReversed()) if (!undone.includes(undo)) await takeBack(visit, undo);
      const decision = decisionThatEnds(visit, outcome);
      tell(visit, outcome, decision ? { decision } : {});
    }
    await settleBeside(visit);
  });
  return { outcome, seq: visit.seq, entered: enteredOf(visit) };
}

const undoes = (outcome: Outcome): outcome is 'cancelled' | 'rejected' | 'expired' | 'revoked' =>
  outcome === 'cancelled' || outcome === 'rejected' || outcome === 'expired' || outcome === 'revoked';

/** Where the visitor's message finds why. */
function decisionThatEnds({ tasks, revocation }: Visit, outcome: Outcome): string | undefined {
  if (outcome === 'revoked') return revocation;
  return outcome === 'rejected' ? tasks.findLast(({ status }) => status === 'rejected')?.decision : undefined;
}

/** One step back. */
async function takeBack(visit: Visit, undo: Undo): Promise<void> {
  const { start, seq, outcome } = visit;
  const { reservation } = start;
  const because = outcome === 'revoked' && ({ because: outcome } as const);
  if (undo === 'passes') return coreWith('passes revoked').revokePasses({ reservation, ends: true, ...because });
  if (undo === 'places') return coreWith('quota released').releaseQuota({ reservation, seq });
  // Who drove in has had what was paid for.
  const owed = hasEntered(visit) ? (visit.policy?.fee?.amount ?? 0) : 0;
  await coreWith('money given back').settlePayment({ reservation, owed, because: 'ended', ends: true });
}

/** Passes are taken off the gates at once: rows that cannot be written hold that up no longer. */
async function undoPasses(visit: Visit, outcome: Outcome): Promise<Undo[]> {
  const passes = visit.undo.filter((undo) => undo === 'passes');
  if (!undoes(outcome) || passes.length === 0 || !patched('passes first')) return [];
  for (const undo of passes) await takeBack(visit, undo);
  return passes;
}
