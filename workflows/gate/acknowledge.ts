import { isCancellation, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { CoreActivities } from '../messages/activities.ts';

/** Rows about a gate, written within the workflow task and, when the database is away, by an ordinary activity. */

type Records = Pick<CoreActivities, 'acknowledge' | 'recordStrayEvent'>;

const local = proxyLocalActivities<Records>({
  startToCloseTimeout: '4 seconds',
  retry: { initialInterval: '100 milliseconds', maximumAttempts: 2 },
});
const ordinary = proxyActivities<Records>({
  startToCloseTimeout: '10 seconds',
  retry: { initialInterval: '250 milliseconds', maximumInterval: '10 seconds' },
});

export const acknowledge: Records['acknowledge'] = (request) => persistently((through) => through.acknowledge(request));
export const recordStrayEvent: Records['recordStrayEvent'] = (event) =>
  persistently((through) => through.recordStrayEvent(event));

/** A local activity that fails throws the failure itself, and only one that runs out of time an `ActivityFailure`. */
async function persistently(write: (through: Records) => Promise<void>): Promise<void> {
  try {
    await write(local);
  } catch (error) {
    if (isCancellation(error)) throw error;
    await write(ordinary);
  }
}
