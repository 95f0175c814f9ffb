import { visitBegan } from '../platform/tracing.ts';
import { project as writeProjection } from '../store/reservations/projection.ts';
import type { CoreActivities } from '../workflows/messages/activities.ts';
import type { ActivityDeps } from './deps.ts';

/** One transition into the rows that people look at. */
export const project =
  ({ projections }: Pick<ActivityDeps, 'projections'>): CoreActivities['project'] =>
  async (projection) => {
    await writeProjection(projections, projection);
    if (projection.seq === 1) visitBegan(projection.reservation);
  };
