import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ProcessUnderTest, startProcess } from '../../testing/process.ts';
import { until } from '../../testing/until.ts';
import { gateStart, gateWorkflowId, gateWorkflowType, strayEvent } from '../messages/gate.ts';
import { annulled, reservationTaskQueue } from '../messages/reservation.ts';

/** Gates that are slow, silent or late, and a database that is away. */
describe('the end of a visit', () => {
  let process: ProcessUnderTest;
  beforeAll(async () => {
    process = await startProcess();
    await process.startWorker();
  });
  afterAll(() => process?.stop());

  const approved = async (visit: { end: number; settleFor: number }) => {
    const visitor = await process.aVisitor();
    const end = new Date(Date.now() + visit.end);
    const { reservation } = await process.submit(visitor, { until: end, durations: { settleFor: visit.settleFor } });
    await process.decide(reservation, 'approved');
    await process.reaches(reservation, 'visit');
    return { reservation, end };
  };

  const isPending = async (reservation: string, activity: string): Promise<boolean> => {
    const { raw } = await process.handle(reservation).describe();
    return raw.pendingActivities?.some(({ activityType }) => activityType?.name === activity) ?? false;
  };

  it('waits for gates that have not forwarded, and counts what they then tell', async () => {
    const { reservation, end } = await approved({ end: 8_000, settleFor: 600_000 });
    await process.forwarded(new Date(end.getTime() - 1));
    await until(() => Date.now() > end.getTime() + 500, 'the end of the window');
    await until(() => isPending(reservation, 'gatesForwarded'), 'the wait for the gates');
    expect(await process.row(reservation)).toMatchObject({ stage: 'visit', outcome: null });
    await process.enter(reservation, process.anEvent(reservation, { at: end.getTime() - 100 }));
    await process.forwarded(end);
    expect(await process.result(reservation)).toMatchObject({ outcome: 'completed', entered: [0] });
  });

  it('waits for no gate longer than the settling time, and is corrected by later events', async () => {
    await process.owner('gate_contact').delete();
    const { reservation, end } = await approved({ end: 8_000, settleFor: 1_500 });
    expect(await process.result(reservation)).toMatchObject({ outcome: 'no_show' });
    expect(Date.now()).toBeGreaterThan(end.getTime());

    const event = process.anEvent(reservation, { at: end.getTime() - 1_000 });
    await expect(process.enter(reservation, event)).rejects.toThrow();
    for (const _ of [1, 2]) {
      await process.client.workflow.signalWithStart(gateWorkflowType, {
        workflowId: gateWorkflowId('south'),
        taskQueue: reservationTaskQueue,
        args: [gateStart('south')],
        signal: strayEvent,
        signalArgs: [event],
      });
    }
    const row = await until(
      () => process.db('reservation').where({ id: reservation, corrected: true }).first(),
      'the correction',
    );
    expect(row).toMatchObject({ stage: 'closed', outcome: 'completed' });
    expect(await process.db('gate_event').where({ reservation_id: reservation })).toMatchObject([
      { id: event.event, late: true },
    ]);
  });

  it('counts no entry that was annulled, told once or twice, and lets the visitor cancel then', async () => {
    const { reservation } = await approved({ end: 600_000, settleFor: 1_000 });
    const event = process.anEvent(reservation);
    await process.enter(reservation, event);
    const undone = { ...event, annulled: event.at + 1 };
    for (let n = 0; n < 2; n += 1) await process.handle(reservation).signal(annulled, undone);
    // The entry came over another way once more: it stays annulled.
    await process.enter(reservation, event);
    const recorded = () => process.db('gate_event').where({ id: event.event }).whereNotNull('annulled_at').first();
    await until(recorded, 'the annulment');
    const actor = { kind: 'visitor', id: (await process.row(reservation)).visitor_id } as const;
    const { answer } = await process.ask({ reservation, kind: 'cancel', payload: {}, actor }, { waitMs: 30_000 });
    expect(answer).toMatchObject({ ok: true });
    expect(await process.result(reservation)).toMatchObject({ outcome: 'cancelled', entered: [] });
    const lines = await process.db('timeline').where({ reservation_id: reservation, reference: event.event });
    expect(lines.map(({ kind }) => kind)).toEqual(['entered', 'annulled']);
  });

  it('overwrites rows that a lost workflow task left behind', async () => {
    await process.forwarded();
    const { reservation } = await approved({ end: 8_000, settleFor: 600_000 });
    const { seq } = await process.row(reservation);
    // A task that was never durable said: entered, and then the visit was over.
    await process
      .owner('reservation')
      .where({ id: reservation })
      .update({ seq: seq + 2, stage: 'closed', outcome: 'completed' });
    await process.owner('timeline').insert(
      [1, 2].map((n) => ({
        reservation_id: reservation,
        seq: seq + n,
        n: 0,
        kind: 'entered',
        actor_kind: 'gate',
        at: new Date(),
      })),
    );
    expect(await process.result(reservation)).toMatchObject({ outcome: 'no_show', seq: seq + 1 });
    expect(await process.row(reservation)).toMatchObject({ outcome: 'no_show', seq: seq + 1 });
    const kinds = await process
      .db('timeline')
      .where({ reservation_id: reservation })
      .orderBy(['seq', 'n'])
      .pluck('kind');
    expect(kinds).toEqual(['submitted', 'approved', 'pass_issued', 'window_ended', 'no_show']);
  });

  it('a database that is away holds up no answer, and has every row once it is back', async () => {
    const visitor = await process.aVisitor();
    const { reservation } = await process.submit(visitor, { until: new Date(Date.now() + 3_600_000) });
    const held = await process.owner.transaction();
    await held('reservation').where({ id: reservation }).forNoKeyUpdate().first();
    const { answer } = await process.decide(reservation, 'approved');
    expect(answer).toMatchObject({ ok: true, stage: 'pass', seq: 2 });
    expect(await process.row(reservation)).toMatchObject({ stage: 'approval', seq: 1 });
    // What the local activity could not write is now an ordinary one's, and no workflow task failed for it.
    await until(() => isPending(reservation, 'project'), 'the ordinary activity');
    await held.rollback();
    const { events } = await process.handle(reservation).fetchHistory();
    expect(events?.filter((event) => event.workflowTaskFailedEventAttributes)).toEqual([]);
    await process.reaches(reservation, 'visit');
    const kinds = await process
      .db('timeline')
      .where({ reservation_id: reservation })
      .orderBy(['seq', 'n'])
      .pluck('kind');
    expect(kinds).toEqual(['submitted', 'approved', 'pass_issued']);
  });
});
