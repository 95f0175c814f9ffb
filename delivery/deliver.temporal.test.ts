import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { WorkflowNotFoundError } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDataConverter } from '../platform/codec.ts';
import { findRequest, type KeptRequest, keepRequest } from '../store/reservations/request.ts';
import { type ProcessUnderTest, startProcess } from '../testing/process.ts';
import { until } from '../testing/until.ts';
import { reservationWorkflowId } from '../workflows/messages/reservation.ts';
import { send } from './send.ts';

const later = () => new Date(Date.now() + 3_600_000);

describe('a request', () => {
  let process: ProcessUnderTest;
  beforeAll(async () => {
    process = await startProcess();
  });
  afterAll(() => process?.stop());

  const updatesIn = async (reservation: string): Promise<string[]> => {
    const { events } = await process.handle(reservation).fetchHistory();
    return (events ?? []).flatMap((event) => {
      const id = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.meta?.updateId;
      return id ? [id] : [];
    });
  };

  it('is kept while no worker is there, and answered once one is', async () => {
    await process.stopWorker();
    const visitor = await process.aVisitor();
    const { reservation, request, answer } = await process.submit(visitor, { until: later(), waitMs: 300 });
    expect(answer).toBeUndefined();
    const delivery = process.deliveryWith({});
    expect(delivery.isAnswered()).toBe(true);
    await delivery.deliver(request, 300);
    await until(async () => !delivery.isAnswered(), 'the sender knows that nobody answers');
    expect(await until(async () => (await findRequest(process.db, request))?.fault, 'the fault')).toMatch(/^\w+$/);
    expect(await findRequest(process.db, request)).toMatchObject({ status: 'pending' });
    expect(await process.row(reservation)).toMatchObject({ stage: 'registration', seq: 0 });

    await process.startWorker();
    const answered = await until(async () => {
      const kept = await findRequest(process.db, request);
      return kept?.status === 'answered' && kept;
    }, 'the answer of the relay');
    expect(answered).toMatchObject({ answer: { ok: true, stage: 'approval' } });
    await process
      .owner('request')
      .where({ id: request })
      .update({ status: 'pending', answer: null, answered_at: null });
    await delivery.deliver(request, 10_000);
    expect(delivery.isAnswered()).toBe(true);
    expect(answered.fault).toBeUndefined();
    expect(await updatesIn(reservation)).toEqual([request]);
  });

  it('exists as a row before anything is delivered', async () => {
    const visitor = await process.aVisitor();
    await expect(process.deliveryWith({}).deliver(randomUUID(), 100)).rejects.toMatchObject({ code: 'not_found' });
    const { reservation } = await process.submit(visitor, { until: later() });
    for (const update of await updatesIn(reservation)) {
      expect(await findRequest(process.db, update)).toBeDefined();
    }
  });

  it('delivered twice is done once and answered alike', async () => {
    await process.startWorker();
    const visitor = await process.aVisitor();
    const { reservation, request, answer } = await process.submit(visitor, { until: later() });
    await process
      .owner('request')
      .where({ id: request })
      .update({ status: 'pending', answer: null, answered_at: null });
    const again = await Promise.all([1, 2].map(() => process.deliveryWith({}).deliver(request, 10_000)));
    expect(again).toEqual([1, 2].map(() => ({ status: 'answered', answer })));
    expect(await updatesIn(reservation)).toEqual([request]);
  });

  it('is answered from the ended workflow when its answer was lost', async () => {
    await process.startWorker();
    const visitor = await process.aVisitor();
    const { reservation } = await process.submit(visitor, { until: later() });
    const { request, answer } = await process.decide(reservation, 'rejected', '不便接待');
    await process.result(reservation);
    await process
      .owner('request')
      .where({ id: request })
      .update({ status: 'pending', answer: null, answered_at: null });
    expect(await process.deliveryWith({}).deliver(request, 10_000)).toEqual({ status: 'answered', answer });
  });

  it('is refused with a code when the state forbids it, and leaves no trace', async () => {
    await process.startWorker();
    const visitor = await process.aVisitor();
    const { reservation } = await process.submit(visitor, { until: later() });
    const actor = { kind: 'visitor', id: visitor.id } as const;
    const refused = await process.ask({ reservation, kind: 'ready', payload: { ready: visitor.ready }, actor });
    expect(refused.answer).toEqual({ ok: false, code: 'wrong_stage' });
    expect(await findRequest(process.db, refused.request)).toMatchObject({ status: 'refused' });
    expect(await updatesIn(reservation)).not.toContain(refused.request);
  });

  it('is answered with `closed` when its reservation has ended', async () => {
    await process.startWorker();
    const visitor = await process.aVisitor();
    const { reservation } = await process.submit(visitor, { until: later() });
    await process.decide(reservation, 'rejected', '不便接待');
    await process.result(reservation);
    const actor = { kind: 'visitor', id: visitor.id } as const;
    const late = await process.ask({ reservation, kind: 'cancel', payload: {}, actor });
    expect(late.answer).toEqual({ ok: false, code: 'closed' });
    const submission = randomUUID();
    const again = await process.ask({
      reservation,
      kind: 'submit',
      payload: { submission, ready: visitor.ready },
      actor,
    });
    expect(again.answer).toEqual({ ok: false, code: 'closed' });
  });

  it('waits when its reservation has not started yet', async () => {
    await process.startWorker();
    const visitor = await process.aVisitor();
    const reservation = randomUUID();
    await process.db('reservation').insert({ id: reservation, visitor_id: visitor.id, stage: 'registration' });
    const actor = { kind: 'visitor', id: visitor.id } as const;
    const start = randomUUID();
    await keepRequest(process.db, { id: start, reservation, kind: 'start', payload: {}, actor });
    await process.owner('request').where({ id: start }).update({ next_attempt_at: later() });
    const early = await process.ask({ reservation, kind: 'cancel', payload: {}, actor }, { waitMs: 1_000 });
    expect(early.answer).toBeUndefined();
    expect(await until(async () => (await findRequest(process.db, early.request))?.fault, 'the fault')).toBe(
      'not_started',
    );
    await process.owner('request').where({ id: start }).update({ next_attempt_at: new Date() });
    await until(async () => (await findRequest(process.db, early.request))?.status !== 'pending', 'the answer');
  });

  it('is answered when the engine does not know its workflow, and starts no second one', async () => {
    await process.startWorker();
    const visitor = await process.aVisitor();
    const reservation = randomUUID();
    await process
      .owner('reservation')
      .insert({ id: reservation, visitor_id: visitor.id, stage: 'registration', seq: 1 });
    const actor = { kind: 'visitor', id: visitor.id } as const;
    const ready = await process.ask({ reservation, kind: 'ready', payload: { ready: visitor.ready }, actor });
    expect(ready.answer).toEqual({ ok: false, code: 'lost' });
    const cancel = await process.ask({ reservation, kind: 'cancel', payload: {}, actor });
    expect(cancel.answer).toEqual({ ok: false, code: 'lost' });
    await expect(process.handle(reservation).describe()).rejects.toThrow();
  });

  it('is answered when the workflow cannot carry it out, and is not sent for ever', async () => {
    const visitor = await process.aVisitor();
    const reservation = randomUUID();
    await process.db('reservation').insert({ id: reservation, visitor_id: visitor.id, stage: 'registration' });
    const connection = await NativeConnection.connect({ address: process.temporal.address });
    const worker = await Worker.create({
      connection,
      namespace: process.temporal.namespace,
      taskQueue: 'failing',
      workflowsPath: fileURLToPath(new URL('../testing/failing-workflow.ts', import.meta.url)),
      dataConverter: createDataConverter(process.codec),
    });
    await worker.runUntil(async () => {
      await process.client.workflow.start('failing', {
        workflowId: reservationWorkflowId(reservation),
        taskQueue: 'failing',
      });
      const actor = { kind: 'visitor', id: visitor.id } as const;
      const { request, answer } = await process.ask({ reservation, kind: 'cancel', payload: {}, actor });
      expect(answer).toEqual({ ok: false, code: 'failed' });
      expect(await findRequest(process.db, request)).toMatchObject({ status: 'refused' });
      // Not known to a worker of an older release: that is no answer.
      const nudge = await process.ask({ reservation, kind: 'nudge', payload: {}, actor }, { waitMs: 2_000 });
      expect(nudge.answer).toBeUndefined();
      await process.owner('request').where({ id: nudge.request }).update({ next_attempt_at: later() });
    });
    await connection.close();
  });

  it('is not taken for closed while the workflow runs, when it was answered before a page could hear of it', async () => {
    await process.startWorker();
    const visitor = await process.aVisitor();
    const { reservation } = await process.submit(visitor, { until: later() });
    const actor = { kind: 'visitor', id: visitor.id } as const;
    const request = { id: randomUUID(), reservation, kind: 'nudge', payload: {}, actor } as const;
    await keepRequest(process.db, request);
    const elsewhere = process.client.workflow.getHandle(reservationWorkflowId(reservation), randomUUID());
    const confused = new Proxy(process.client, {
      get: (client, name) =>
        name === 'workflow'
          ? new Proxy(client.workflow, {
              get: (workflow, method) =>
                method === 'getHandle'
                  ? (id: string) => Object.assign(workflow.getHandle(id), { executeUpdate: elsewhere.executeUpdate })
                  : Reflect.get(workflow, method),
            })
          : Reflect.get(client, name),
    });
    const kept = (await findRequest(process.db, request.id)) as KeptRequest;
    const about = { visitor: visitor.id, unborn: false, beginning: async () => false };
    const durations = { draftTtl: 600_000, settleFor: 600_000 };
    await expect(send(confused, { request: kept, durations, ...about })).rejects.toThrow(WorkflowNotFoundError);
  });

  it('keeps its id to one actor and one reservation', async () => {
    const [visitor, other] = await Promise.all([process.aVisitor(), process.aVisitor()]);
    const reservation = randomUUID();
    await process.db('reservation').insert({ id: reservation, visitor_id: visitor.id, stage: 'registration' });
    const request = {
      id: randomUUID(),
      reservation,
      kind: 'start',
      payload: {},
      actor: { kind: 'visitor', id: visitor.id },
    } as const;
    await keepRequest(process.db, request);
    await keepRequest(process.db, request);
    const stolen = { ...request, actor: { kind: 'visitor', id: other.id } } as const;
    await expect(keepRequest(process.db, stolen)).rejects.toMatchObject({ code: 'repeated', status: 409 });
  });
});
