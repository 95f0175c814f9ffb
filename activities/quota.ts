import { releasePlaces } from '../store/quota.ts';
import type { CoreActivities } from '../workflows/messages/activities.ts';
import type { ActivityDeps } from './deps.ts';

/** Gives back the places of a reservation that will not happen. */
export const releaseQuota =
  ({ db }: Pick<ActivityDeps, 'db'>): CoreActivities['releaseQuota'] =>
  ({ reservation, seq }) =>
    db.transaction(async (trx) => {
      const row = await trx('reservation').where({ id: reservation }).forNoKeyUpdate().first('seq');
      // A later transition has its own holds; this one comes too late to speak of them.
      if (row && row.seq <= seq) await releasePlaces(trx, reservation, seq);
    });
