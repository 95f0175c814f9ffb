import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client, Connection } from '@temporalio/client';
import { type NativeConnection, Worker } from '@temporalio/worker';
import express from 'express';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prepareNamespace } from '../bin/setup/namespace.ts';
import { createAnnouncer } from '../delivery/announcer.ts';
import { createCodec, createDataConverter } from '../platform/codec.ts';
import { createLog } from '../platform/log.ts';
import { connectClient, connectWorker, installRuntime } from '../platform/temporal.ts';
import { aCampus } from '../testing/campus.ts';
import { aDoor, aKnownVisit } from '../testing/door.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { gateSettings, scannerAt, serve } from '../testing/gates.ts';
import { testKeys } from '../testing/keys.ts';
import { aLineTo } from '../testing/line.ts';
import { passesOf } from '../testing/passes.ts';
import { freshDatabase, type TestDatabase } from '../testing/postgres.ts';
import { testTemporal } from '../testing/temporal.ts';
import { until } from '../testing/until.ts';
import { feedRoutes } from '../web/gates/routes.ts';
import { feedGrew, gateStart, gateWorkflowId, gateWorkflowType } from '../workflows/messages/gate.ts';
import {
  type GateEvent,
  reservationTaskQueue,
  reservationWorkflowId,
  reservationWorkflowType,
} from '../workflows/messages/reservation.ts';
import { startAcknowledger } from './acknowledger.ts';
import { openLedger } from './ledger.ts';
import { followOwnKeys } from './own-keys.ts';
import { createPosition } from './position.ts';
import { type RunningGate, startGate } from './start.ts';
import { heardOf } from './testing/listening.ts';
import { wayThroughDoor } from './way-through-door.ts';

/** What a gate tells the engine, heard by small workflows under the names of the real ones. */

let database: TestDatabase;
let keys: Awaited<ReturnType<typeof testKeys>>;
let passes: ReturnType<typeof passesOf>;
let campus: string;
let web: { url: string; close(): Promise<void> };
let engine: { address: string; namespace: string };
let door: Awaited<ReturnType<typeof aDoor>>;
let announcer: ReturnType<typeof createAnnouncer>;
let client: Client;
let connection: NativeConnection;
let worker: Worker;
let working: Promise<void>;
let gate: RunningGate;
let scan: ReturnType<typeof scannerAt>;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  [database, keys, engine] = await Promise.all([freshDatabase(), testKeys(['south']), testTemporal()]);
  passes = passesOf(keys);
  campus = (await aCampus(database.owner, keys.folders.gates)).id;
  web = await serve(express().use(feedRoutes({ db: database.db, keys: keys.web, log: createLog('test', 'silent') })));
  const codec = createCodec(keys.web.codec);
  const settings = { TEMPORAL_ADDRESS: engine.address, TEMPORAL_NAMESPACE: engine.namespace, TEMPORAL_TLS: false };
  const temporal = connectClient(settings, codec);
  client = temporal.client;
  closing.push(temporal.close);
  const log = createLog('test', 'silent');
  installRuntime(log);
  announcer = createAnnouncer({ db: database.db, client, log });
  announcer.start();
  connection = await connectWorker(settings, { log });
  worker = await Worker.create({
    connection,
    namespace: engine.namespace,
    taskQueue: reservationTaskQueue,
    workflowsPath: fileURLToPath(new URL('testing/listening.ts', import.meta.url)),
    dataConverter: createDataConverter(codec),
  });
  working = worker.run();
  door = await aDoor({ database, keys, engine });
  const gateKeys = keys.gate('south');
  gate = await startGate(
    await gateSettings({
      id: 'south',
      keys: keys.folders.gates.south?.folder ?? '',
      feed: web.url,
      door: door.address,
    }),
  );
  scan = scannerAt(() => gate.url, gateKeys.device.token);
  await until(async () => (await readyz()).degraded.length === 0, 'the gate misses nothing');
});
afterAll(async () => {
  await gate?.stop();
  await announcer?.stop();
  worker?.shutdown();
  await working;
  await connection?.close();
  for (const close of closing) await close();
  await door?.stop();
  await web?.close();
  await database?.drop();
});

const readyz = async () => (await fetch(`${gate.opsUrl}/readyz`)).json() as Promise<{ degraded: string[] }>;

async function aVisit(): Promise<string> {
  const reservation = await aKnownVisit(database.owner, campus);
  await client.workflow.start(reservationWorkflowType, {
    workflowId: reservationWorkflowId(reservation),
    taskQueue: reservationTaskQueue,
  });
  return reservation;
}
const annulAt = async (url: string, body: object) => {
  const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${keys.gate('south').device.token}` };
  const answer = await fetch(`${url}/annulments`, { method: 'POST', headers, body: JSON.stringify(body) });
  return [answer.status, await answer.json()];
};
const heardBy = (workflowId: string): Promise<GateEvent[]> => client.workflow.getHandle(workflowId).query(heardOf);
const strays = () => heardBy(gateWorkflowId('south')).catch((): GateEvent[] => []);

describe('events', () => {
  test('reach the reservation’s workflow with their own time, in order', async () => {
    const reservation = await aVisit();
    const pass = passes.make({ reservation, ordinal: 3 });
    const before = Date.now();
    await scan({ value: passes.qr(pass) });
    await scan({ value: passes.qr(pass), direction: 'out' });
    const heard = await until(async () => {
      const events = await heardBy(reservationWorkflowId(reservation));
      return events.length === 2 && events;
    }, 'both were heard');
    expect(heard.map(({ direction }) => direction)).toEqual(['in', 'out']);
    expect(heard[0]).toMatchObject({ reservation, ordinal: 3, gate: 'south', method: 'qr' });
    expect(heard[0]?.at).toBeGreaterThanOrEqual(before);
    expect(heard[0]?.at).toBeLessThanOrEqual(Date.now());
  });

  test('that were annulled are told behind their entry', async () => {
    const reservation = await aVisit();
    const nonce = randomUUID();
    await scan({ value: passes.qr(passes.make({ reservation })), nonce });
    expect(await annulAt(gate.url, { device: 'turnstile-1', nonce })).toEqual([200, { annulled: true }]);
    const heard = await until(async () => {
      const events = await heardBy(reservationWorkflowId(reservation));
      return events.length === 2 && events;
    }, 'both were heard');
    expect(heard[1]).toEqual({ ...heard[0], annulled: expect.any(Number) });
  });

  test('go to the gate’s own workflow when the visit is closed', async () => {
    const reservation = await aVisit();
    await client.workflow.getHandle(reservationWorkflowId(reservation)).terminate();
    await scan({ value: passes.qr(passes.make({ reservation })) });
    await until(async () => (await strays()).some((event) => event.reservation === reservation), 'the gate heard it');
  });

  test('go there too when the engine never knew the visit', async () => {
    const pass = passes.make();
    await scan({ value: passes.qr(pass) });
    const { reservation } = pass.claims;
    await until(async () => (await strays()).some((event) => event.reservation === reservation), 'the gate heard it');
  });

  test('go there too when the visit can take no more, and hold nothing up', async () => {
    const full = await aVisit();
    const events = client.workflow.getHandle(reservationWorkflowId(full));
    const another = () => events.signal('nothing');
    const refused = until(async () => {
      const sent = await Promise.allSettled(Array.from({ length: 100 }, another));
      return sent.find(({ status }) => status === 'rejected');
    }, 'the engine takes no more signals');
    await refused;
    const next = await aVisit();
    await scan({ value: passes.qr(passes.make({ reservation: full })) });
    await scan({ value: passes.qr(passes.make({ reservation: next })) });
    await until(async () => (await heardBy(reservationWorkflowId(next))).length === 1, 'the next was heard');
    expect((await strays()).map(({ reservation }) => reservation)).toContain(full);
  });

  test('are not made by a refused scan', async () => {
    const reservation = await aVisit();
    const refused = await scan({ value: passes.bareQr(passes.make({ reservation })) });
    const pass = passes.make({ reservation });
    await scan({ value: passes.qr(pass) });
    await until(async () => (await heardBy(reservationWorkflowId(reservation))).length > 0, 'the entry was heard');
    expect(refused.open).toBe(false);
    expect(await heardBy(reservationWorkflowId(reservation))).toHaveLength(1);
  });

  test('that wait are not reported as forwarded, and are sent when the gate starts again', async () => {
    const reservation = await aVisit();
    const feed = { gate_id: 'south' };
    const forwarded = async (): Promise<number> =>
      (await database.db('gate_contact').where(feed).first()).forwarded_through.getTime();

    await gate.stop();
    const settings = await gateSettings({ id: 'south', keys: keys.folders.gates.south?.folder ?? '', feed: web.url });
    const lonely = await startGate(settings);
    await until(async () => (await fetch(`${lonely.opsUrl}/readyz`)).ok, 'the gate knows its place');
    const scanHere = scannerAt(() => lonely.url, keys.gate('south').device.token);
    await scanHere({ value: passes.qr(passes.make({ reservation })) });
    const scanned = Date.now();
    const pulled = async () => (await database.db('gate_contact').where(feed).first()).seen_at.getTime();
    await until(async () => (await pulled()) > scanned, 'the gate has asked for its feed since');
    expect(await forwarded()).toBeLessThan(scanned);
    await lonely.stop();

    gate = await startGate({ ...settings, DOOR_URL: `http://${door.address}` });
    await until(async () => (await heardBy(reservationWorkflowId(reservation))).length === 1, 'the entry was heard');
    await until(async () => (await forwarded()) > scanned, 'nothing is held back');
  });
});

describe('a line to the engine that breaks', () => {
  test('is noticed, scans go on, and what happened meanwhile is told when it mends', async () => {
    const reservation = await aVisit();
    const line = await aLineTo(door.address);
    const folder = keys.folders.gates.south?.folder ?? '';
    const here = await startGate(await gateSettings({ id: 'south', keys: folder, feed: web.url, door: line.address }));
    const missing = async () =>
      ((await (await fetch(`${here.opsUrl}/readyz`)).json()) as { degraded: string[] }).degraded;
    await until(async () => (await missing()).length === 0, 'the gate misses nothing');

    await line.cut();
    await until(async () => (await missing()).includes('temporal'), 'the engine is missed');
    const scanHere = scannerAt(() => here.url, keys.gate('south').device.token);
    expect(await scanHere({ value: passes.qr(passes.make({ reservation })) })).toMatchObject({ open: true });

    await line.mend();
    await until(async () => (await heardBy(reservationWorkflowId(reservation))).length === 1, 'the entry was heard');
    await until(async () => (await missing()).length === 0, 'the gate misses nothing again');
    await here.stop();
    await line.cut();
  });
});

test('a queue that was not answered is told to be answered again, once the worker holds', async () => {
  const said: string[] = [];
  const log = createLog('test', 'info', { write: (text) => void said.push(JSON.parse(text).msg) });
  const folder = keys.folders.gates.south?.folder ?? '';
  const namespace = `later-${randomUUID()}`;
  const early = await aDoor({ database, keys, engine: { ...engine, namespace } });
  const own = followOwnKeys(keys.gate('south'), { folder, log });
  const acknowledger = startAcknowledger({
    gate: 'south',
    way: wayThroughDoor('south', await gateSettings({ id: 'south', keys: folder, door: early.address }), own),
    codecKey: keys.gate('south').codec,
    // Nobody gives this queue a task.
    puller: {
      pull: () => Promise.reject(new Error('unasked')),
      fault: () => undefined,
      isFollowing: () => true,
      stop: async () => {},
    },
    position: createPosition(openLedger(join(temporaryFolder('xiaomen-unanswered-'), 'gate.db'))),
    log,
    steady: 100,
  });
  const unanswered = 'the queue of this gate is not answered';
  await until(() => said.includes(unanswered), 'there is no such namespace');
  expect(() => acknowledger.running()).toThrow();
  await prepareNamespace(client.connection as Connection, namespace);
  await until(() => said.some((words) => words.startsWith(`${unanswered}: over after`)), 'it is over');
  expect(acknowledger.running()).toBeTruthy();
  await acknowledger.stop();
  own.stop();
  await early.stop();
});

test('the gate applies its feed when the engine says that it grew, and answers with the position', async () => {
  const pass = await passes.issue(database.db, campus);
  const position = (await database.db('gate').where({ id: 'south' }).first()).feed_position;
  await client.workflow.signalWithStart(gateWorkflowType, {
    workflowId: gateWorkflowId('south'),
    taskQueue: reservationTaskQueue,
    args: [gateStart('south')],
    signal: feedGrew,
    signalArgs: [{ position }],
  });
  const applied = () => client.workflow.getHandle(gateWorkflowId('south')).query<number>('applied');
  await until(async () => (await applied()) >= position, 'the gate has acknowledged');
  expect(await scan({ kind: 'code', value: pass.code, document: pass.document })).toMatchObject({ open: true });
});

test('no payload of the gate’s can be read without its key', async () => {
  const history = await client.workflow.getHandle(gateWorkflowId('south')).fetchHistory();
  const text = JSON.stringify(history);
  expect(text).not.toContain('"reservation"');
  const raw = (history.events ?? []).flatMap(
    (event) => event.workflowExecutionSignaledEventAttributes?.input?.payloads ?? [],
  );
  expect(raw.length).toBeGreaterThan(0);
  for (const payload of raw) expect(Buffer.from(payload.metadata?.encoding ?? []).toString()).toBe('binary/encrypted');
});
