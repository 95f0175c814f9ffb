import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { engineAtHand } from '../bin/embedded/engine.ts';
import { freePort } from '../bin/embedded/ports.ts';
import { type EmbeddedTemporal, startTemporal } from '../bin/embedded/temporal.ts';
import { type BlackHole, openBlackHole } from '../testing/black-hole.ts';
import { until } from '../testing/until.ts';
import { createLog } from './log.ts';
import { createPollProbe } from './poll-probe.ts';
import { installRuntime } from './temporal.ts';

/** An engine whose polls end after a second instead of a minute, and a worker that reaches it by a way that can fail. */
const folder = mkdtempSync(join(tmpdir(), 'xiaomen-polls-'));
const within = 4_000;
let engine: EmbeddedTemporal;
let hole: BlackHole;
let native: NativeConnection;
let worker: Worker;
let working: Promise<void>;
let client: Client;
beforeAll(async () => {
  const binary = engineAtHand();
  if (!binary) throw new Error('No engine is at hand');
  const port = await freePort();
  engine = await startTemporal({
    binary,
    folder,
    port,
    namespace: 'default',
    logFile: join(folder, 'engine.log'),
    pidFile: join(folder, 'engine.pid'),
    settings: { 'matching.longPollExpirationInterval': '"1s"' },
  });
  hole = await openBlackHole({ host: '127.0.0.1', port });
  installRuntime(createLog('test', 'silent'));
  native = await NativeConnection.connect({ address: `127.0.0.1:${hole.port}` });
  worker = await Worker.create({
    connection: native,
    taskQueue: 'watched',
    identity: 'one',
    activities: { rest: async () => {} },
    shutdownForceTime: '1 second',
  });
  working = worker.run();
  client = new Client({ connection: await Connection.connect({ address: engine.address }) });
});
afterAll(async () => {
  vi.restoreAllMocks();
  hole?.takeOver();
  await hole?.close();
  if (worker?.getState() === 'RUNNING') worker.shutdown();
  await working?.catch(() => {});
  await native?.close().catch(() => {});
  await client?.connection.close();
  await engine?.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('a worker is well as long as the engine sees it ask for tasks, whatever it says of itself', async () => {
  const { probe } = createPollProbe(client, { queue: 'watched', takes: 'activities', within });
  const isWell = (identity: string) =>
    probe(identity).then(
      () => true,
      () => false,
    );
  // Another machine's clock says nothing about its polls: this one is an hour ahead, and later as much behind.
  const now = Date.now;
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() + 3_600_000);
  await until(() => isWell('one'), 'the engine saw its polls');
  expect(await isWell('another')).toBe(false);
  expect(await isWellWith('workflows')).toBe(false);
  // Longer than a poll is believed: it goes on asking.
  await new Promise((resolve) => setTimeout(resolve, within + 1_000));
  await until(() => isWell('one'), 'the engine saw a later one');

  clock.mockImplementation(() => now() - 3_600_000);
  hole.swallow();
  await until(async () => !(await isWell('one')), 'its polls are missed');
  expect(worker.getState()).toBe('RUNNING');
});

/** This worker takes no workflow tasks. */
const isWellWith = (takes: 'workflows') =>
  createPollProbe(client, { queue: 'watched', takes, within })
    .probe('one')
    .then(
      () => true,
      () => false,
    );
