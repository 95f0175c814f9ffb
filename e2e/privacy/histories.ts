import type { Client } from '@temporalio/client';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { type Source, textSource } from './markers.ts';

/**
 * Everything that the engine knows of every workflow in the namespace, with our own codec undone: whole histories,
 * and what lists and the Web UI show beside them (search attributes, memo, summaries).
 */
export async function readHistories(client: Client, codec: Pick<PayloadCodec, 'decode'>): Promise<Source[]> {
  const { workflowService } = client;
  const { namespace } = client.options;
  const sources: Source[] = [];
  for await (const { workflowId, runId } of client.workflow.list()) {
    const execution = { workflowId, runId };
    const described = await workflowService.describeWorkflowExecution({ namespace, execution });
    sources.push(await readable(`description of ${workflowId}`, described, codec));
    let nextPageToken: Uint8Array | undefined;
    do {
      const page = await workflowService.getWorkflowExecutionHistory({
        namespace,
        execution,
        ...(nextPageToken ? { nextPageToken } : {}),
      });
      for (const event of page.history?.events ?? []) {
        sources.push(await readable(`event ${event.eventId} of ${workflowId}`, event, codec));
      }
      nextPageToken = page.nextPageToken?.length ? page.nextPageToken : undefined;
    } while (nextPageToken);
  }
  return sources;
}

async function readable(where: string, message: object, codec: Pick<PayloadCodec, 'decode'>): Promise<Source> {
  const texts: string[] = [];
  await collect(message, texts, codec);
  return textSource(where, texts.join('\n'));
}

/** Strings and bytes wherever they stand; instants and counters cannot hold what people typed. */
async function collect(value: unknown, texts: string[], codec: Pick<PayloadCodec, 'decode'>): Promise<void> {
  if (typeof value === 'string') texts.push(value);
  else if (value instanceof Uint8Array) texts.push(Buffer.from(value).toString('utf8'));
  else if (typeof value === 'object' && value !== null) {
    if (isPayload(value)) {
      for (const payload of await codec.decode([value])) texts.push(Buffer.from(payload.data ?? []).toString('utf8'));
    }
    for (const [key, part] of Object.entries(value)) {
      if (!/^(__|constructor)/.test(key)) texts.push(key);
      await collect(part, texts, codec);
    }
  }
}

const isPayload = (value: object): value is Payload => 'metadata' in value && 'data' in value;
