import { ApplicationFailure } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDataConverter, createGateCodec } from '../../platform/codec.ts';
import { type ProcessUnderTest, startProcess } from '../../testing/process.ts';
import { until } from '../../testing/until.ts';
import {
  feedGrew,
  type GateActivities,
  gateStart,
  gateTaskQueue,
  gateWorkflowId,
  gateWorkflowType,
  strayEvent,
} from '../messages/gate.ts';
import { reservationTaskQueue } from '../messages/reservation.ts';

describe('the workflow of a gate', () => {
  let process: ProcessUnderTest;
  const gates: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    process = await startProcess();
    await process.startWorker();
  });
  afterEach(async () => {
    for (const stop of gates.splice(0)) await stop();
  });
  afterAll(() => process?.stop());

  /** A gate's own worker: its queue, its key, one activity. */
  async function aGate(gate: string, applyThrough: GateActivities['applyThrough']) {
    const connection = await NativeConnection.connect({ address: process.temporal.address });
    const worker = await Worker.create({
      connection,
      namespace: process.temporal.namespace,
      taskQueue: gateTaskQueue(gate),
      activities: { applyThrough },
      dataConverter: createDataConverter(createGateCodec(process.keys.gate(gate).codec)),
    });
    const running = worker.run();
    gates.push(async () => {
      worker.shutdown();
      await running;
      await connection.close();
    });
  }
  const tell = (gate: string, position: number, change: Partial<ReturnType<typeof gateStart>> = {}) =>
    process.client.workflow.signalWithStart(gateWorkflowType, {
      workflowId: gateWorkflowId(gate),
      taskQueue: reservationTaskQueue,
      args: [{ ...gateStart(gate), ...change }],
      signal: feedGrew,
      signalArgs: [{ position }],
    });
  const acknowledged = (gate: string) => process.db('gate_acknowledgement').where({ gate_id: gate }).first();
  const end = (gate: string) => process.client.workflow.getHandle(gateWorkflowId(gate)).terminate();

  it('asks the gate to apply its feed, in one batch for all rows added meanwhile, and notes what it acknowledged', async () => {
    const asked: number[] = [];
    const first = Promise.withResolvers<void>();
    await aGate('south', async ({ position }) => {
      asked.push(position);
      if (asked.length === 1) await first.promise;
      return { applied: position };
    });
    await tell('south', 1);
    await until(() => asked.length === 1, 'the first batch');
    for (const position of [2, 3, 4]) await tell('south', position);
    first.resolve();
    await until(async () => (await acknowledged('south'))?.applied_through === 4, 'the acknowledgement');
    expect(asked).toEqual([1, 4]);
    await end('south');
  });

  it('counts a silent gate as degraded until it answers again', async () => {
    await tell('east', 7, { patience: 300, retryAfter: 300 });
    const silent = await until(async () => {
      const row = await acknowledged('east');
      return row?.degraded_since && row;
    }, 'the gate to be degraded');
    expect(silent).toMatchObject({ fault: 'unanswered', applied_through: 0 });
    await aGate('east', async ({ position }) => ({ applied: position }));
    const back = await until(async () => {
      const row = await acknowledged('east');
      return row?.degraded_since === null && row;
    }, 'the gate to be back');
    expect(back).toMatchObject({ fault: null, applied_through: 7 });
    await end('east');
  });

  it('says that a gate failed, and asks it again', async () => {
    let attempts = 0;
    await aGate('south', async ({ position }) => {
      attempts += 1;
      if (attempts === 1) throw ApplicationFailure.nonRetryable('the store is full', 'store');
      return { applied: position };
    });
    await tell('south', 9, { retryAfter: 300 });
    await until(async () => (await acknowledged('south'))?.fault === 'failed', 'the fault');
    await until(async () => (await acknowledged('south'))?.applied_through === 9, 'the second attempt');
    await end('south');
  });

  it('begins a new run when its history is long, and loses nothing on the way', async () => {
    const visitor = await process.aVisitor();
    const { reservation } = await process.submit(visitor, { until: new Date(Date.now() + 3_600_000) });
    await aGate('south', async ({ position }) => ({ applied: position }));
    const first = await tell('south', 20, { renewAfter: 30 });
    const events = Array.from({ length: 40 }, () => process.anEvent(reservation));
    for (const event of events) await first.signal(strayEvent, event).catch(() => signalAgain(event));
    const recorded = () => process.db('gate_event').where({ reservation_id: reservation, late: true });
    await until(async () => (await recorded()).length === events.length, 'every event');
    await until(async () => {
      const { runId } = await process.client.workflow.getHandle(gateWorkflowId('south')).describe();
      return runId !== first.signaledRunId;
    }, 'the new run');
    await tell('south', 60);
    await until(async () => (await acknowledged('south'))?.applied_through === 60, 'the feed');
    await end('south');
  });

  it('outlives a database that is away, and loses neither acknowledgement nor event', async () => {
    const visitor = await process.aVisitor();
    const { reservation } = await process.submit(visitor, { until: new Date(Date.now() + 3_600_000) });
    const event = process.anEvent(reservation);
    let asked = 0;
    await aGate('south', async ({ position }) => {
      asked += 1;
      return { applied: position };
    });
    const rename = (from: string, to: string) => process.owner.raw('alter table ?? rename to ??', [from, to]);
    const handle = await tell('south', 61);
    await until(async () => (await acknowledged('south'))?.applied_through === 61, 'the feed');
    await rename('gate_acknowledgement', 'acknowledgement_away');
    await rename('gate_event', 'event_away');
    const tried = async () => {
      const { raw } = await process.client.workflow.getHandle(gateWorkflowId('south')).describe();
      return raw.pendingActivities?.map(({ activityType }) => activityType?.name).sort();
    };
    try {
      await tell('south', 62);
      await handle.signal(strayEvent, event);
      await until(
        async () => (await tried())?.join() === 'acknowledge,recordStrayEvent',
        'what waits for the database',
      );
    } finally {
      await rename('acknowledgement_away', 'gate_acknowledgement');
      await rename('event_away', 'gate_event');
    }
    await until(async () => (await acknowledged('south'))?.applied_through === 62, 'the acknowledgement');
    await until(() => process.db('gate_event').where({ id: event.event }).first(), 'the event');
    expect(asked).toBe(2);
    await end('south');
  });

  const signalAgain = (event: Parameters<typeof process.anEvent>[1]) =>
    process.client.workflow.getHandle(gateWorkflowId('south')).signal(strayEvent, process.anEvent('', event));
});
