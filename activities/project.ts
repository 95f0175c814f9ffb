import { project as writeProjection } from '../store/reservations/projection.ts';
import type { CoreActivities } from '../workflows/messages/activities.ts';
import type { ActivityDeps } from './deps.ts';

/** One transition into the rows that people look at. */
export const project =
  ({ projections }: Pick<ActivityDeps, 'projections'>): CoreActivities['project'] =>
  (projection) =>
    writeProjection(projections, projection);
