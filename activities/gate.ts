import { recordAcknowledgement } from '../store/gates/gate.ts';
import { recordLateEvent } from '../store/reservations/projection.ts';
import type { CoreActivities } from '../workflows/messages/activities.ts';
import type { ActivityDeps } from './deps.ts';

/** What a gate's workflow has to write down. */

export const acknowledge =
  ({ db }: Pick<ActivityDeps, 'db'>): CoreActivities['acknowledge'] =>
  ({ at, ...acknowledgement }) =>
    recordAcknowledgement(db, { ...acknowledgement, at: new Date(at) });

export const recordStrayEvent =
  ({ db }: Pick<ActivityDeps, 'db'>): CoreActivities['recordStrayEvent'] =>
  (event) =>
    recordLateEvent(db, event);
