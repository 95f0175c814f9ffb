import type { WorkflowInterceptors } from '@temporalio/workflow';

/** Workflows bundled with this have each timer fire when a tenth of its time is over: what waits must look at the clock. */
export const interceptors = (): WorkflowInterceptors => ({
  outbound: [
    {
      startTimer: (input, next) => next({ ...input, durationMs: Math.max(1, Math.floor(input.durationMs / 10)) }),
    },
  ],
});
