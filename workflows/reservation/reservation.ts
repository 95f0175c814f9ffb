import { continueAsNew } from '@temporalio/workflow';
import type { ReservationResult, ReservationStart } from '../messages/reservation.ts';
import { untilClosed } from './advance.ts';
import { approval } from './approval.ts';
import { closed } from './closed.ts';
import { giveWay, goOn } from './continuing.ts';
import { details } from './details.ts';
import { hear } from './hear.ts';
import { notification } from './notification.ts';
import { pass } from './pass.ts';
import { payment } from './payment.ts';
import { prepare } from './prepare.ts';
import { stay } from './stay.ts';
import { begin, isOpen } from './visit.ts';

/**
 * One reservation, from a verified phone to its outcome, and the only authority on it. Rows, passes and
 * messages follow from what is decided here.
 */
export async function reservation(start: ReservationStart): Promise<ReservationResult> {
  const visit = begin(start);
  hear(visit);
  goOn(visit);
  void giveWay(visit);
  await untilClosed(visit, async () => {
    await prepare(visit); // phone, agreement, person
    while (isOpen(visit)) {
      await details(visit);
      if ((await approval(visit)) === 'returned') continue; // the next round begins with its details
      await payment(visit); // only where a fee is due
      if (visit.stage === 'approval') continue; // it was taken back
      if (visit.stage !== 'visit') {
        await pass(visit);
        await notification(visit);
      }
      await stay(visit); // the visit itself; what changes meanwhile is approved beside it
    }
  });
  if (visit.continuing) return continueAsNew<typeof reservation>({ ...start, carried: visit.continuing });
  return closed(visit);
}
