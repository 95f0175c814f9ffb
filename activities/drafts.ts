import { record } from '../store/audit/audit.ts';
import { forgetIfNeverAgreed } from '../store/own-data/forgotten.ts';
import type { CoreActivities } from '../workflows/messages/activities.ts';
import type { ActivityDeps } from './deps.ts';

/** A lapsed draft takes with it the phone of somebody who never agreed to the notice. */
export const forgetDraft =
  ({ db }: Pick<ActivityDeps, 'db'>): CoreActivities['forgetDraft'] =>
  ({ reservation }) =>
    db.transaction(async (trx) => {
      const visitor = await forgetIfNeverAgreed(trx, reservation);
      if (!visitor) return;
      await record(trx, {
        actor: { kind: 'system' },
        action: 'reservation_forgotten',
        subject: { kind: 'visitor', id: visitor },
        detail: { reservation },
      });
    });
