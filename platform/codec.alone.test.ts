import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { WorkflowFailedError } from '@temporalio/client';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import { type NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testKeys } from '../testing/keys.ts';
import { testTemporal } from '../testing/temporal.ts';
import { until } from '../testing/until.ts';
import { carry, type FixtureActivities, told } from './codec.fixture.ts';
import { createCodec, createDataConverter, createGateCodec } from './codec.ts';
import { createLog } from './log.ts';
import { connectClient, connectWorker, installRuntime, type TemporalClient } from './temporal.ts';

const secret = '赵标记13900000001';
const activities: FixtureActivities = {
  echo: async (request) => request,
  stumble: async (request) => {
    throw new Error(`stumbled over ${request.secret}`);
  },
};

let connection: NativeConnection;
let core: TemporalClient;
let gate: TemporalClient;
let coreCodec: PayloadCodec;
let southCodec: PayloadCodec;
let eastCodec: PayloadCodec;
let running: Promise<void>;
let workers: Worker[];

let logged = '';
beforeAll(async () => {
  const write = (line: string) => {
    logged += line;
  };
  installRuntime(createLog('worker', 'debug', { write }));
  const [engine, keys] = await Promise.all([testTemporal(), testKeys(['south', 'east'])]);
  const settings = { TEMPORAL_ADDRESS: engine.address, TEMPORAL_NAMESPACE: engine.namespace, TEMPORAL_TLS: false };
  coreCodec = createCodec(keys.worker.codec);
  southCodec = createGateCodec(keys.gate('south').codec);
  eastCodec = createGateCodec(keys.gate('east').codec);
  core = connectClient(settings, coreCodec);
  gate = connectClient(settings, southCodec);
  connection = await connectWorker(settings, { log: createLog('test', 'silent') });
  const shared = { connection, namespace: engine.namespace, activities };
  workers = [
    await Worker.create({
      ...shared,
      taskQueue: 'core',
      workflowsPath: fileURLToPath(new URL('./codec.fixture.ts', import.meta.url)),
      dataConverter: createDataConverter(coreCodec),
    }),
    // The gate has its own key and nothing else.
    await Worker.create({ ...shared, taskQueue: 'gate-south', dataConverter: createDataConverter(southCodec) }),
  ];
  running = Promise.all(workers.map((worker) => worker.run())).then(() => {});
});
afterAll(async () => {
  for (const worker of workers ?? []) worker.shutdown();
  await running;
  await Promise.all([core?.close(), gate?.close()]);
  await connection?.close();
});

/** Runs the workflow to its end; returns how it failed and its history as the engine keeps it. */
async function run(workflowId: string, queue: string, teller: Client, said: { secret: string } = { secret }) {
  await core.client.workflow.start(carry, { workflowId, taskQueue: 'core', args: [{ queue }] });
  await teller.workflow.getHandle(workflowId).signal(told, said);
  const handle = core.client.workflow.getHandle(workflowId);
  const failure: unknown = await handle.result().catch((error: unknown) => error);
  if (!(failure instanceof WorkflowFailedError)) throw new Error('It did not fail', { cause: failure });
  const history = await handle.fetchHistory();
  return { failure, bytes: Buffer.from(proto.temporal.api.history.v1.History.encode(history).finish()), history };
}

/** Every payload of a history, wherever it stands. */
function payloadsOf(value: unknown): Payload[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  if ('metadata' in value && 'data' in value && value.data instanceof Uint8Array) return [value as Payload];
  return Object.values(value).flatMap(payloadsOf);
}
const keyIds = (payloads: Payload[]) =>
  new Set(payloads.map(({ metadata }) => Buffer.from(metadata?.['encryption-key-id'] ?? []).toString()));

test('the engine sees nothing of what is said, asked, answered or gone wrong', async () => {
  const { failure, bytes, history } = await run('reservation/1', 'core', core.client);
  expect(failure.cause?.message).toBe(`gave up over ${secret}`);
  expect(bytes.includes(Buffer.from(secret))).toBe(false);
  expect(bytes.includes(Buffer.from('gave up'))).toBe(false);
  expect(bytes.includes(Buffer.from('codec.fixture'))).toBe(false);
  expect(payloadsOf(history).length).toBeGreaterThan(6);
  expect(keyIds(payloadsOf(history))).toEqual(new Set(['c1']));
});

test('the worker’s log tells what failed and where, without a word of it', async () => {
  await until(() => logged.includes('Activity failed'));
  expect(logged).toContain('"kind":"stumble"');
  expect(logged).toContain('"workflow":"reservation/1"');
  expect(logged).not.toContain(secret);
  expect(logged).not.toContain('stumbled over');
});

test('a gate’s workflow is under that gate’s key: it can work, another gate reads nothing', async () => {
  const { failure, bytes, history } = await run('gate/south', 'gate-south', core.client);
  expect(failure.cause?.message).toBe(`gave up over ${secret}`);
  expect(bytes.includes(Buffer.from(secret))).toBe(false);
  const payloads = payloadsOf(history);
  expect(keyIds(payloads)).toEqual(new Set(['c1/gate/south']));
  expect(await southCodec.decode(payloads)).toEqual(await coreCodec.decode(payloads));
  for (const payload of payloads) await expect(eastCodec.decode([payload])).rejects.toThrow('Unknown codec key');
});

test('a gate tells a reservation what it saw under its own key', async () => {
  const said = { secret, gate: 'south', reservation: '2' };
  const { history } = await run('reservation/2', 'core', gate.client, said);
  expect(keyIds(payloadsOf(history))).toEqual(new Set(['c1', 'c1/gate/south']));
});
