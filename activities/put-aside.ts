import { recordVisitFault } from '../store/office/visit-fault.ts';
import type { CoreActivities } from '../workflows/messages/activities.ts';
import type { ActivityDeps } from './deps.ts';

/** What was told of a reservation and cannot be is shown to admins; what it said is not kept. */
export const putAside =
  ({ db }: Pick<ActivityDeps, 'db'>): CoreActivities['putAside'] =>
  ({ reservation, what }) =>
    recordVisitFault(db, { reservation, kind: 'put_aside', detail: what });
