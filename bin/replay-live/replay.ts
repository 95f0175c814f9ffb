import type { Client } from '@temporalio/client';
import type { PayloadCodec } from '@temporalio/common';
import { type ReplayHistoriesIterable, Worker } from '@temporalio/worker';
import { createDataConverter, tolerantly } from '../../platform/codec.ts';

export interface Replayed {
  replayed: number;
  /** Ids of workflows that the bundled code would not carry on. */
  diverging: string[];
}

/** Of each type an equal share, the newest first: of many visits some stand in every stage. */
const types = ['reservation', 'gate', 'retention'];

/**
 * Replays open workflows of a live engine, which is only read.
 * @param most of all together
 */
export async function replayOpen(
  client: Client,
  { codec, workflowBundle, most }: { codec: PayloadCodec; workflowBundle: { code: string }; most: number },
): Promise<Replayed> {
  const diverging: string[] = [];
  let replayed = 0;
  const results = Worker.runReplayHistories(
    { workflowBundle, dataConverter: createDataConverter(tolerantly(codec)) },
    openHistories(client, Math.ceil(most / types.length)),
  );
  for await (const { workflowId, error } of results) {
    replayed += 1;
    if (error) diverging.push(workflowId);
  }
  return { replayed, diverging };
}

async function* openHistories(client: Client, share: number): ReplayHistoriesIterable {
  for (const type of types) {
    let taken = 0;
    const query = `WorkflowType = '${type}' AND ExecutionStatus = 'Running'`;
    for await (const { workflowId, runId } of client.workflow.list({ query })) {
      if (taken === share) break;
      taken += 1;
      yield { workflowId, history: await client.workflow.getHandle(workflowId, runId).fetchHistory() };
    }
  }
}
