import { retentionClassOf } from '../domain/retention.ts';
import { purge, recordPurge } from '../store/own-data/retention.ts';
import type { CoreActivities } from '../workflows/messages/activities.ts';
import type { ActivityDeps } from './deps.ts';

type Deps = Pick<ActivityDeps, 'db'>;

export const purgeBatch =
  ({ db }: Deps): CoreActivities['purge'] =>
  ({ class: of }) =>
    purge(db, retentionClassOf(of));

export const recordPurged =
  ({ db }: Deps): CoreActivities['recordPurge'] =>
  (run) =>
    recordPurge(db, run);
