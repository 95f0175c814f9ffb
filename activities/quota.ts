import { daysOf } from '../domain/time.ts';
import { lockReservation } from '../store/reservations/lock.ts';
import { releasePlaces, trimPlaces } from '../store/reservations/quota.ts';
import type { CoreActivities } from '../workflows/messages/activities.ts';
import type { ActivityDeps } from './deps.ts';

/** Gives back the places of a reservation that will not happen. */
export const releaseQuota =
  ({ db }: Pick<ActivityDeps, 'db'>): CoreActivities['releaseQuota'] =>
  ({ reservation, seq }) =>
    db.transaction(async (trx) => {
      const row = await lockReservation(trx, reservation);
      // A later transition has its own holds; this one comes too late to speak of them.
      if (row && row.seq <= seq) await releasePlaces(trx, reservation, seq);
    });

/** Gives back the places that neither the standing visit nor a change that waits needs; takes nothing. */
export const keepPlaces =
  ({ db }: Pick<ActivityDeps, 'db'>): CoreActivities['keepPlaces'] =>
  ({ reservation, seq, holds }) =>
    db.transaction(async (trx) => {
      await lockReservation(trx, reservation);
      const needed = holds.flatMap(({ campus, from, until, persons }) =>
        daysOf(from, until).map((day) => ({ campus, day, count: persons })),
      );
      await trimPlaces(trx, reservation, seq, needed);
    });
