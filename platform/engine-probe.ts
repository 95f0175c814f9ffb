import type { Client } from '@temporalio/client';

/** Whether the engine answers right now: a worker that lost it goes on looking and says nothing. */
export interface EngineProbe {
  /** @throws Error when it does not within a second and a half */
  probe(): Promise<unknown>;
  /** No call is under way any more. */
  settled(): Promise<void>;
}

const patience = 1_500;

export function createEngineProbe(client: Client): EngineProbe {
  let asking: Promise<unknown> = Promise.resolve();
  return {
    probe() {
      asking = client.withDeadline(Date.now() + patience, () => client.connection.workflowService.getSystemInfo({}));
      return asking;
    },
    settled: () =>
      asking.then(
        () => undefined,
        () => undefined,
      ),
  };
}
