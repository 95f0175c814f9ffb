import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findRequest, keepRequest } from '../store/reservations/request.ts';
import { type ProcessUnderTest, startProcess } from '../testing/process.ts';
import { until } from '../testing/until.ts';

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
    expect(await until(async () => (await findRequest(process.db, request))?.fault, 'the fault')).toMatch(/^\w+$/);
    expect(await findRequest(process.db, request)).toMatchObject({ status: 'pending' });
    expect(await process.row(reservation)).toMatchObject({ stage: 'registration', seq: 0 });

    await process.startWorker();
    const answered = await until(async () => {
      const kept = await findRequest(process.db, request);
      return kept?.status === 'answered' && kept;
    }, 'the answer of the relay');
    expect(answered).toMatchObject({ answer: { ok: true, stage: 'approval' } });
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

  it('whose answer was lost is answered from the ended workflow', async () => {
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

  it('that the state forbids is refused with a code, and leaves no trace', async () => {
    await process.startWorker();
    const visitor = await process.aVisitor();
    const { reservation } = await process.submit(visitor, { until: later() });
    const actor = { kind: 'visitor', id: visitor.id } as const;
    const refused = await process.ask({ reservation, kind: 'ready', payload: { ready: visitor.ready }, actor });
    expect(refused.answer).toEqual({ ok: false, code: 'wrong_stage' });
    expect(await findRequest(process.db, refused.request)).toMatchObject({ status: 'refused' });
    expect(await updatesIn(reservation)).not.toContain(refused.request);
  });

  it('of a reservation that has ended is answered with closed', async () => {
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

  it('that comes before its reservation was started waits for it', async () => {
    await process.startWorker();
    const visitor = await process.aVisitor();
    const reservation = randomUUID();
    await process.db('reservation').insert({ id: reservation, visitor_id: visitor.id, stage: 'registration' });
    const actor = { kind: 'visitor', id: visitor.id } as const;
    const early = await process.ask({ reservation, kind: 'cancel', payload: {}, actor }, { waitMs: 1_000 });
    expect(early.answer).toBeUndefined();
    expect(await until(async () => (await findRequest(process.db, early.request))?.fault, 'the fault')).toBe(
      'not_started',
    );
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
