import type { WorkerInterceptors } from '@temporalio/worker';
import { inSpan, isTracing } from '../platform/tracing.ts';
import { readReservationWorkflowId } from '../workflows/messages/reservation.ts';

/** A span an activity, in the trace of the visit whose workflow asked for it. Workflow code knows nothing of it. */
export function activitySpans(): WorkerInterceptors {
  if (!isTracing()) return {};
  return {
    activity: [
      ({ info: { activityType, attempt, workflowExecution } }) => ({
        inbound: {
          execute: (input, next) =>
            inSpan(
              {
                name: activityType,
                kind: 'consumer',
                visit: workflowExecution && readReservationWorkflowId(workflowExecution.workflowId),
                attributes: { 'xiaomen.activity': activityType, 'xiaomen.attempt': attempt },
              },
              () => next(input),
            ),
        },
      }),
    ],
  };
}
