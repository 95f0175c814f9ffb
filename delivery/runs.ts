import type { WorkflowClient, WorkflowExecutionDescription } from '@temporalio/client';

/** Further back nobody waits for an answer any more: a run takes hundreds of requests. */
const usual = 10;

/** The newest run of a workflow and those before it, each of which went on as the next one. */
export async function* runsOf(
  { workflowService, options: { namespace } }: WorkflowClient,
  { workflowId, runId: newest }: Pick<WorkflowExecutionDescription, 'workflowId' | 'runId'>,
  most = usual,
): AsyncGenerator<string> {
  const runBefore = async (runId: string): Promise<string | null | undefined> => {
    const execution = { workflowId, runId };
    const first = await workflowService.getWorkflowExecutionHistory({ namespace, execution, maximumPageSize: 1 });
    return first.history?.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
  };
  let runId: string | null | undefined = newest;
  for (let n = 0; runId && n < most; n += 1) {
    yield runId;
    runId = await runBefore(runId);
  }
}
