import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { credentials, Client as GrpcClient, type Metadata as GrpcMetadata, Metadata, status } from '@grpc/grpc-js';
import { type Client, Connection } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import proto, { type temporal } from '@temporalio/proto';
import { type NativeConnection, Worker } from '@temporalio/worker';
import express from 'express';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { doorNamespace, doorText, writeDoorPass } from '../domain/door.ts';
import { feedHeaders, feedRequestText } from '../domain/feed.ts';
import { createCodec, createDataConverter, createGateCodec } from '../platform/codec.ts';
import { createLog } from '../platform/log.ts';
import { createSigner } from '../platform/signing.ts';
import { connectClient, connectWorker, installRuntime } from '../platform/temporal.ts';
import { aCampus } from '../testing/campus.ts';
import { aDoor, aKnownVisit } from '../testing/door.ts';
import { testKeys } from '../testing/keys.ts';
import { freshDatabase, type TestDatabase } from '../testing/postgres.ts';
import { testTemporal } from '../testing/temporal.ts';
import { until } from '../testing/until.ts';
import { feedRoutes } from '../web/gates/routes.ts';
import {
  feedGrew,
  gateStart,
  gateTaskQueue,
  gateWorkflowId,
  gateWorkflowType,
  strayEvent,
} from '../workflows/messages/gate.ts';
import {
  entered,
  reservationTaskQueue,
  reservationWorkflowId,
  reservationWorkflowType,
} from '../workflows/messages/reservation.ts';
import { methods } from './methods.ts';
import { operatorMethods, workflowMethods } from './server.ts';
import { createTurns, mostAtOnce } from './turns.ts';

/** Everything that a gate's credential could be used for, tried at the door before the real engine; a gate that works is tried in gate-worker/. */

let database: TestDatabase;
let keys: Awaited<ReturnType<typeof testKeys>>;
let engine: { address: string; namespace: string };
let door: Awaited<ReturnType<typeof aDoor>>;
let grpc: GrpcClient;
let campus: string;
let otherCampus: string;
let client: Client;
let worker: Worker;
let working: Promise<void>;
let connection: NativeConnection;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  [database, keys, engine] = await Promise.all([
    freshDatabase(),
    testKeys(['south', 'east', 'north', 'lost', 'stolen']),
    testTemporal(),
  ]);
  const { south, east, north, lost, stolen } = keys.folders.gates;
  if (!south || !east || !north || !lost || !stolen) throw new Error('No keys were made');
  campus = (await aCampus(database.owner, { south, east, lost, stolen })).id;
  otherCampus = (await aCampus(database.owner, { north }, { number: 2 })).id;
  door = await aDoor({ database, keys, engine }, { every: 20 });
  grpc = new GrpcClient(door.address, credentials.createInsecure());
  const log = createLog('test', 'silent');
  installRuntime(log);
  const settings = { TEMPORAL_ADDRESS: engine.address, TEMPORAL_NAMESPACE: engine.namespace, TEMPORAL_TLS: false };
  const codec = createCodec(keys.web.codec);
  const temporal = connectClient(settings, codec);
  client = temporal.client;
  closing.push(temporal.close);
  connection = await connectWorker(settings, { log });
  worker = await Worker.create({
    connection,
    namespace: engine.namespace,
    taskQueue: reservationTaskQueue,
    workflowsPath: fileURLToPath(new URL('../gate-worker/testing/listening.ts', import.meta.url)),
    dataConverter: createDataConverter(codec),
  });
  working = worker.run();
});
afterAll(async () => {
  worker?.shutdown();
  await working;
  await connection?.close();
  for (const close of closing) await close();
  grpc?.close();
  await door?.stop();
  await database?.drop();
});

interface Who {
  gate?: string;
  signedBy?: string;
  time?: number;
}
function passOf({ gate = 'south', signedBy = gate, time = Date.now() }: Who = {}): string {
  const sign = createSigner(keys.gate(signedBy).identity.private);
  return writeDoorPass({ gate, time, signature: sign(Buffer.from(doorText({ gate, time }))).toString('base64url') });
}
/** The API as whoever holds a gate's keys would call it. */
function asGate(who: Who = {}) {
  const own = Connection.lazy({ address: door.address, tls: false, apiKey: () => passOf(who), interceptors: [] });
  closing.push(() => own.close());
  return own.workflowService;
}
/** @returns the status and the word of a refusal; undefined where it was let through */
const refusalOf = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    ({ code, details }) => [status[code], details],
  );
/** By the name on the wire, with bytes as the message. */
function bare(
  path: string,
  {
    message = Buffer.of(),
    pass = passOf(),
    giveUp,
  }: { message?: Uint8Array; pass?: string; giveUp?: AbortSignal } = {},
) {
  const metadata: GrpcMetadata = new Metadata();
  if (pass) metadata.set('authorization', `Bearer ${pass}`);
  const asIs = (bytes: Buffer) => bytes;
  return new Promise<Buffer | undefined>((resolve, reject) => {
    const call = grpc.makeUnaryRequest(path, asIs, asIs, Buffer.from(message), metadata, (error, answer) =>
      error ? reject(error) : resolve(answer),
    );
    giveUp?.addEventListener('abort', () => call.cancel());
  });
}
const service = '/temporal.api.workflowservice.v1.WorkflowService';
const pollOf = (asked: temporal.api.workflowservice.v1.IPollActivityTaskQueueRequest) =>
  proto.temporal.api.workflowservice.v1.PollActivityTaskQueueRequest.encode(asked).finish();
/** As the engine sees them. */
async function pollersOf(gate: string) {
  const asked = { namespace: engine.namespace, taskQueue: { name: gateTaskQueue(gate) }, taskQueueType: 2 };
  return (await client.connection.workflowService.describeTaskQueue(asked)).pollers;
}
const audited = (why: string) =>
  database.owner('audit').where({ action: 'gate_door_refused' }).whereRaw(`detail ->> 'why' = ?`, [why]).orderBy('id');
const untilAudited = (why: string, count = 1) =>
  until(async () => {
    const rows = await audited(why);
    return rows.length >= count && rows;
  }, `${why} is in the audit`);

const namespace = doorNamespace;
const sealed = async (workflowId: string, said: unknown, gate = 'south') => {
  const plain = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(JSON.stringify(said)) };
  const context = { type: 'workflow' as const, workflowId, namespace };
  return { payloads: await createGateCodec(keys.gate(gate).codec).encode([plain], context) };
};
/** The label says the same, and nothing vouches for it. */
const unbound = (payload: Payload): Payload => {
  const data = Buffer.from(payload.data ?? []);
  data[0] = 1;
  return { ...payload, data };
};
const signal = async (workflowId: string, change: object = {}) => ({
  namespace,
  workflowExecution: { workflowId },
  signalName: entered.name,
  input: await sealed(workflowId, { gate: 'south' }),
  ...change,
});
async function aVisit(at = campus): Promise<string> {
  const reservation = await aKnownVisit(database.owner, at);
  const workflowId = reservationWorkflowId(reservation);
  await client.workflow.start(reservationWorkflowType, { workflowId, taskQueue: reservationTaskQueue });
  return workflowId;
}

describe('who is let in', () => {
  test('a gate in service by its own key, and nobody else', async () => {
    expect(await refusalOf(asGate().getSystemInfo({}))).toBeUndefined();
    const strangers: Who[] = [
      { gate: 'nobody', signedBy: 'south' },
      { gate: 'east', signedBy: 'south' },
    ];
    for (const who of strangers) {
      expect(await refusalOf(asGate(who).getSystemInfo({}))).toEqual(['UNAUTHENTICATED', 'not_accepted']);
    }
    for (const pass of ['', 'south', passOf().replace('south', 'east'), `${passOf()}x`]) {
      const call = bare(`${service}/GetSystemInfo`, { pass });
      expect(await refusalOf(call)).toEqual(['UNAUTHENTICATED', 'not_accepted']);
    }
    const [row] = await untilAudited('not_accepted');
    expect(row).toMatchObject({ actor_kind: 'anonymous', subject_kind: 'gate', detail: { method: 'GetSystemInfo' } });
  });

  test('what was overheard is good for minutes, and a gate whose clock is wrong is told so', async () => {
    for (const away of [-600_000, 600_000]) {
      const answer = await refusalOf(asGate({ time: Date.now() + away }).getSystemInfo({}));
      expect(answer).toEqual(['UNAUTHENTICATED', 'clock']);
    }
  });

  test.each([
    ['is retired', 'lost', () => ({ retired_at: new Date() })],
    ['gets another box', 'stolen', () => ({ identity_key: keys.gate('north').identity.public })],
  ])('a gate that %s while it polls loses its poll, and is let in no more', async (_, id, change) => {
    const gate = asGate({ gate: id });
    const poll = refusalOf(gate.pollActivityTaskQueue({ namespace, taskQueue: { name: gateTaskQueue(id) } }));
    await until(async () => (await pollersOf(id)).length > 0, 'the engine sees the poll');
    await database.owner('gate').where({ id }).update(change());
    expect(await poll).toEqual(['PERMISSION_DENIED', 'retired']);
    expect(await refusalOf(gate.getSystemInfo({}))).toEqual(['UNAUTHENTICATED', 'not_accepted']);
    await until(
      async () => (await audited('retired')).some((row) => row.actor_id === id && row.subject_id === id),
      'it is in the audit',
    );
  });

  test('it is told of its own polls, and of nobody else’s', async () => {
    const giveUp = new AbortController();
    const taskQueue = { name: gateTaskQueue('south') };
    const poll = { namespace, taskQueue, identity: 'worker@box' };
    const { connection: ours } = client;
    const asAnother = () =>
      ours.workflowService.pollActivityTaskQueue({ ...poll, namespace: engine.namespace, identity: 'another' });
    const polls = [
      refusalOf(bare(`${service}/PollActivityTaskQueue`, { message: pollOf(poll), giveUp: giveUp.signal })),
      refusalOf(ours.withAbortSignal(giveUp.signal, () => ours.withDeadline(Date.now() + 70_000, asAnother))),
    ];
    await until(async () => (await pollersOf('south')).length === 2, 'the engine sees both');
    const { pollers } = await asGate().describeTaskQueue({ namespace, taskQueue, taskQueueType: 2 });
    expect(pollers.map(({ identity }) => identity)).toEqual(['worker@box']);
    giveUp.abort();
    await Promise.all(polls);
  });
});

describe('what a gate may not', () => {
  test.each([
    ['WorkflowService', 'temporal.api.workflowservice.v1.WorkflowService', workflowMethods],
    ['OperatorService', 'temporal.api.operatorservice.v1.OperatorService', operatorMethods],
  ])('every other method of %s', async (service, path, all) => {
    const others = all.filter((name) => service === 'OperatorService' || !Object.hasOwn(methods, name));
    expect(others.length).toBeGreaterThan(10);
    expect(others.length + (service === 'OperatorService' ? 0 : Object.keys(methods).length)).toBe(all.length);
    for (const name of others) {
      expect([name, await refusalOf(bare(`/${path}/${name}`))]).toEqual([name, ['UNIMPLEMENTED', 'method']]);
    }
    const named = others.map((name) => (service === 'OperatorService' ? `${path}/${name}` : name));
    await until(async () => {
      const noted = new Set((await audited('method')).map(({ detail }) => detail.method));
      return named.every((name) => noted.has(name));
    }, 'each is in the audit');
  });

  test('start, update, query, end or read a workflow, however well it is asked', async () => {
    const workflowId = await aVisit();
    const workflowExecution = { workflowId };
    const execution = workflowExecution;
    const gate = asGate();
    const started = `made-up-${randomUUID()}`;
    const stray = await signal(gateWorkflowId('south'));
    const attempts = {
      start: () =>
        gate.startWorkflowExecution({
          namespace,
          workflowId: started,
          workflowType: { name: reservationWorkflowType },
          taskQueue: { name: reservationTaskQueue },
          requestId: randomUUID(),
        }),
      signalWithStart: () =>
        gate.signalWithStartWorkflowExecution({
          ...stray,
          workflowId: gateWorkflowId('south'),
        }),
      update: () =>
        gate.updateWorkflowExecution({
          namespace,
          workflowExecution,
          request: { meta: { updateId: randomUUID() }, input: { name: 'decide' } },
        }),
      query: () => gate.queryWorkflow({ namespace, execution, query: { queryType: 'projection' } }),
      history: () => gate.getWorkflowExecutionHistory({ namespace, execution }),
      list: () => gate.listWorkflowExecutions({ namespace }),
      describe: () => gate.describeWorkflowExecution({ namespace, execution }),
      cancel: () => gate.requestCancelWorkflowExecution({ namespace, workflowExecution }),
      terminate: () => gate.terminateWorkflowExecution({ namespace, workflowExecution }),
      taskById: () => gate.respondActivityTaskCompletedById({ namespace, workflowId, activityId: '1' }),
      workflowTask: () => gate.pollWorkflowTaskQueue({ namespace, taskQueue: { name: reservationTaskQueue } }),
    };
    for (const [what, attempt] of Object.entries(attempts)) {
      expect([what, await refusalOf(attempt())]).toEqual([what, ['UNIMPLEMENTED', 'method']]);
    }
    expect((await client.workflow.getHandle(workflowId).describe()).status.name).toBe('RUNNING');
    await expect(client.workflow.getHandle(started).describe()).rejects.toMatchObject({
      name: 'WorkflowNotFoundError',
    });
  });

  test('another queue, or its own in another way', async () => {
    const queues = [
      { name: gateTaskQueue('east') },
      { name: reservationTaskQueue },
      { name: `/_sys/${gateTaskQueue('south')}/1` },
      { name: gateTaskQueue('south'), kind: 2 },
      { name: gateTaskQueue('south'), normalName: reservationTaskQueue },
      undefined,
    ];
    for (const taskQueue of queues) {
      const call = asGate().pollActivityTaskQueue({ namespace, ...(taskQueue && { taskQueue }) });
      expect(await refusalOf(call)).toEqual(['PERMISSION_DENIED', 'queue']);
    }
    const look = { namespace, taskQueueType: 2, taskQueue: { name: reservationTaskQueue } };
    expect(await refusalOf(asGate().describeTaskQueue(look))).toEqual(['PERMISSION_DENIED', 'queue']);
    const own = { ...look, taskQueueType: 1, taskQueue: { name: gateTaskQueue('south') } };
    expect(await refusalOf(asGate().describeTaskQueue(own))).toEqual(['PERMISSION_DENIED', 'queue']);
    await untilAudited('queue', 2);
  });

  test('another namespace, the engine’s own name of ours too', async () => {
    for (const other of [engine.namespace, 'default', 'temporal-system', '']) {
      const call = asGate().pollActivityTaskQueue({ namespace: other, taskQueue: { name: gateTaskQueue('south') } });
      expect(await refusalOf(call)).toEqual(['PERMISSION_DENIED', 'namespace']);
    }
    await untilAudited('namespace');
  });

  test('a task that was handed to another gate, or to nobody', async () => {
    await client.workflow.signalWithStart(gateWorkflowType, {
      workflowId: gateWorkflowId('east'),
      taskQueue: reservationTaskQueue,
      args: [gateStart('east')],
      signal: feedGrew,
      signalArgs: [{ position: 5 }],
    });
    const taskQueue = { name: gateTaskQueue('east') };
    const east = asGate({ gate: 'east' });
    const { taskToken, input } = await east.pollActivityTaskQueue({ namespace, taskQueue, identity: 'worker@box' });
    expect(input?.payloads).toHaveLength(1);
    const south = asGate();
    const answers = [
      () => south.respondActivityTaskCompleted({ namespace, taskToken }),
      () => south.respondActivityTaskFailed({ namespace, taskToken }),
      () => south.respondActivityTaskCanceled({ namespace, taskToken }),
      () => south.recordActivityTaskHeartbeat({ namespace, taskToken }),
      () => south.respondActivityTaskCompleted({ namespace, taskToken: Buffer.alloc(0) }),
      () => south.respondActivityTaskCompleted({ namespace, taskToken: Buffer.alloc(60, 1) }),
      () => east.respondActivityTaskCompleted({ namespace, taskToken: taskToken.subarray(32) }),
    ];
    for (const answer of answers) expect(await refusalOf(answer())).toEqual(['PERMISSION_DENIED', 'token']);
    await untilAudited('token', 4);

    const plain = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{"applied":5}') };
    const context = { type: 'activity' as const, workflowId: gateWorkflowId('east'), namespace, isLocal: false };
    const result = { payloads: await createGateCodec(keys.gate('east').codec).encode([plain], context) };
    expect(await refusalOf(east.recordActivityTaskHeartbeat({ namespace, taskToken }))).toBeUndefined();
    expect(await refusalOf(east.respondActivityTaskCompleted({ namespace, taskToken, result }))).toBeUndefined();
    const applied = () => client.workflow.getHandle(gateWorkflowId('east')).query<number>('applied');
    await until(async () => (await applied()) === 5, 'the workflow has the answer');
  });

  test('tell a visit of another campus, another gate’s workflow, or any other', async () => {
    const gate = asGate();
    expect(await refusalOf(gate.signalWorkflowExecution(await signal(await aVisit(otherCampus))))).toEqual([
      'PERMISSION_DENIED',
      'campus',
    ]);
    for (const workflowId of [
      gateWorkflowId('east'),
      'retention',
      'reservation/',
      `reservation/${randomUUID()}/x`,
      '',
    ]) {
      const answer = await refusalOf(gate.signalWorkflowExecution(await signal(workflowId)));
      expect([workflowId, answer]).toEqual([workflowId, ['PERMISSION_DENIED', 'workflow']]);
    }
    expect(await untilAudited('campus')).toMatchObject([{ actor_kind: 'gate', actor_id: 'south' }]);
    await untilAudited('workflow');
  });

  test('tell a visit anything but what it saw, sealed by its own key for that visit', async () => {
    const workflowId = await aVisit();
    const other = await aVisit();
    const gate = asGate();
    const tried = async (change: object) => refusalOf(gate.signalWorkflowExecution(await signal(workflowId, change)));
    for (const signalName of ['paid', strayEvent.name, 'messageFailed', '']) {
      expect(await tried({ signalName })).toEqual(['PERMISSION_DENIED', 'signal']);
    }
    const toItself = gate.signalWorkflowExecution(await signal(gateWorkflowId('south')));
    expect(await refusalOf(toItself)).toEqual(['PERMISSION_DENIED', 'signal']);
    const own = await sealed(workflowId, {});
    const inputs = {
      none: { payloads: [] },
      unsealed: { payloads: [{ metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{}') }] },
      'of another gate': await sealed(workflowId, {}, 'east'),
      'for another visit': await sealed(other, {}),
      two: { payloads: [...own.payloads, ...own.payloads] },
      'longer than any event': await sealed(workflowId, { gate: 'south', more: 'x'.repeat(5_000) }),
      'as releases of before sealed it, bound to nothing': { payloads: own.payloads.map(unbound) },
    };
    for (const [what, input] of Object.entries(inputs)) {
      expect([what, await tried({ input })]).toEqual([what, ['PERMISSION_DENIED', 'payload']]);
    }
    expect(await tried({})).toBeUndefined();
    await untilAudited('signal');
    await untilAudited('payload');
  });

  test('a visit that has no pass is not there, as the engine would say it', async () => {
    const workflowId = reservationWorkflowId(randomUUID());
    const answer = await refusalOf(asGate().signalWorkflowExecution(await signal(workflowId)));
    expect(answer?.[0]).toBe('NOT_FOUND');
  });

  test('send what is no message of the API, or more than any event is', async () => {
    const path = `${service}/SignalWorkflowExecution`;
    expect(await refusalOf(bare(path, { message: Buffer.from('ffff', 'hex') }))).toEqual([
      'PERMISSION_DENIED',
      'malformed',
    ]);
    expect((await refusalOf(bare(path, { message: Buffer.alloc(200_000) })))?.[0]).toBe('RESOURCE_EXHAUSTED');
  });

  test('hold more calls open than a gate needs', async () => {
    const giveUp = new AbortController();
    const own = Connection.lazy({
      address: door.address,
      tls: false,
      apiKey: () => passOf({ gate: 'north' }),
      interceptors: [],
    });
    const poll = () =>
      own.withAbortSignal(giveUp.signal, () =>
        own.workflowService.pollActivityTaskQueue({ namespace, taskQueue: { name: gateTaskQueue('north') } }),
      );
    const polls = Array.from({ length: mostAtOnce + 1 }, () => refusalOf(poll()));
    expect(await Promise.race(polls)).toEqual(['RESOURCE_EXHAUSTED', 'busy']);
    // Other gates are not held up by it.
    expect(await refusalOf(asGate().getSystemInfo({}))).toBeUndefined();
    giveUp.abort();
    await Promise.all(polls);
    await own.close();
  });

  test('have a poll go on that it gave up before it was let in: its task would go to nobody', async () => {
    const pass = passOf({ gate: 'north' });
    const message = pollOf({ namespace, taskQueue: { name: gateTaskQueue('north') } });
    const giveUp = new AbortController();
    // Refused without the database, on the same line: what was sent before it has arrived.
    const arrived = () => refusalOf(bare(`${service}/GetSystemInfo`, { pass: 'nobody' }));
    const gates = await database.owner.transaction();
    await gates.raw('lock table gate in access exclusive mode');
    const polls = Array.from({ length: mostAtOnce }, () =>
      refusalOf(bare(`${service}/PollActivityTaskQueue`, { message, pass, giveUp: giveUp.signal })),
    );
    await arrived();
    giveUp.abort();
    await Promise.all([...polls, arrived()]);
    await gates.rollback();
    const north = asGate({ gate: 'north' });
    await until(async () => (await refusalOf(north.getSystemInfo({}))) === undefined, 'no call of the gate is open');
  });

  test('another gate’s feed', async () => {
    const log = createLog('test', 'silent');
    const app = express().use(feedRoutes({ db: database.db, keys: keys.web, log }));
    const asked = { gate: 'east', after: 0, time: Date.now(), forwarded: 1 };
    const signature = createSigner(keys.gate('south').identity.private)(Buffer.from(feedRequestText(asked)));
    for (let n = 0; n < 3; n += 1) {
      await request(app)
        .get('/gates/east/feed?after=0')
        .set(feedHeaders.time, String(asked.time))
        .set(feedHeaders.forwarded, '1')
        .set(feedHeaders.signature, signature.toString('base64'))
        .expect(401, { code: 'not_accepted' });
    }
    const rows = await until(async () => {
      const found = await database.owner('audit').where({ action: 'gate_feed_refused' });
      return found.length > 0 && found;
    }, 'it is in the audit');
    expect(rows).toMatchObject([{ actor_kind: 'anonymous', subject_kind: 'gate', subject_id: 'east' }]);
  });
});

test('calls of a gate that come too soon wait for their turn', async () => {
  const waited: number[] = [];
  const turns = createTurns({ now: () => 0, pause: async (ms) => void waited.push(ms) });
  const another = await aDoor({ database, keys, engine }, { turns });
  const own = Connection.lazy({ address: another.address, tls: false, apiKey: () => passOf(), interceptors: [] });
  for (let n = 0; n < 3; n += 1) await own.workflowService.getSystemInfo({});
  await own.close();
  await another.stop();
  expect(waited).toEqual([10, 20]);
});

test('who knocks again and again writes two rows: the first, and how many followed', async () => {
  const another = await aDoor({ database, keys, engine });
  const own = Connection.lazy({
    address: another.address,
    tls: false,
    apiKey: () => passOf({ gate: 'east' }),
    interceptors: [],
  });
  const rows = () => audited('method').where({ actor_id: 'east' });
  for (let n = 0; n < 10; n += 1) await refusalOf(own.workflowService.listNamespaces({}));
  await until(async () => (await rows()).length > 0, 'the first is there');
  await own.close();
  await another.stop();
  expect((await rows()).map(({ detail }) => detail.more)).toEqual([undefined, 9]);
});
