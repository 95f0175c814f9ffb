import { securityIsTold } from '../domain/overstay.ts';
import { queueMessage } from '../store/messages/message.ts';
import { desksOf, hostsOf, tellStaffOfVisit } from '../store/office/overstay.ts';
import type { CoreActivities } from '../workflows/messages/activities.ts';
import type { ActivityDeps } from './deps.ts';

/** Queues what is to be said on this rung; any worker says it. */
export const tellOfOverstay =
  ({ db, cipher }: Pick<ActivityDeps, 'db' | 'cipher'>): CoreActivities['tellOfOverstay'] =>
  ({ reservation, seq, rung }) =>
    db.transaction(async (trx) => {
      const key = `${reservation}/overstay/${seq}`;
      if (rung >= securityIsTold) {
        const staff = await desksOf(trx, reservation);
        return tellStaffOfVisit(trx, { kind: 'overstay_at_desk', reservation, staff, key });
      }
      const { visitor_id: visitor } = await trx('reservation').where({ id: reservation }).first('visitor_id');
      await queueMessage(trx, { reservation, visitor, kind: 'overstayed', key });
      const staff = await hostsOf(trx, cipher, reservation);
      await tellStaffOfVisit(trx, { kind: 'visit_overstayed', reservation, staff, key });
    });
