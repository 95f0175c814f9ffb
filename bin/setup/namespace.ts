import type { Connection } from '@temporalio/client';
import proto from '@temporalio/proto';

const { INDEXED_VALUE_TYPE_KEYWORD: keyword, INDEXED_VALUE_TYPE_DATETIME: datetime } =
  proto.temporal.api.enums.v1.IndexedValueType;

/** What lists of visits can be filtered by in the engine; never personal, and never one named `Status`. */
const searchAttributes = {
  VisitStage: keyword,
  VisitOutcome: keyword,
  Campus: keyword,
  Department: keyword,
  Channel: keyword,
  VisitStart: datetime,
  VisitEnd: datetime,
};

/** Closed visits stay readable in the engine for 90 days. */
const RETENTION_SECONDS = 90 * 24 * 3600;

/**
 * Makes a namespace fit for us: it exists, keeps its history 90 days, knows our search attributes.
 * Running it again changes nothing. The engine may still be starting: it is asked for up to a minute.
 */
export async function prepareNamespace(connection: Connection, namespace: string): Promise<void> {
  await untilServing(connection);
  await registerNamespace(connection, namespace);
  await addSearchAttributes(connection, namespace);
}

async function untilServing(connection: Connection): Promise<void> {
  await patiently(() => connection.workflowService.getSystemInfo({}));
}

async function registerNamespace(connection: Connection, namespace: string): Promise<void> {
  const retention = { seconds: RETENTION_SECONDS as never };
  try {
    const found = await connection.workflowService.describeNamespace({ namespace });
    if (Number(found.config?.workflowExecutionRetentionTtl?.seconds ?? 0) >= RETENTION_SECONDS) return;
    await connection.workflowService.updateNamespace({
      namespace,
      config: { workflowExecutionRetentionTtl: retention },
    });
  } catch (error) {
    if (codeOf(error) !== NOT_FOUND) throw error;
    await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: retention });
  }
}

/** A namespace just registered is known to every part of the engine only a moment later. */
async function addSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  await patiently(async () => {
    const known = (await connection.operatorService.listSearchAttributes({ namespace })).customAttributes ?? {};
    const missing = Object.entries(searchAttributes).filter(([name]) => !(name in known));
    if (missing.length === 0) return;
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(missing) });
    throw new Error('The search attributes are not there yet');
  });
}

export async function missingSearchAttributes(connection: Connection, namespace: string): Promise<string[]> {
  const known = (await connection.operatorService.listSearchAttributes({ namespace })).customAttributes ?? {};
  return Object.keys(searchAttributes).filter((name) => !(name in known));
}

const NOT_FOUND = 5;

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}

async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
