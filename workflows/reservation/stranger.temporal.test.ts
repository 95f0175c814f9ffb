import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import type { PayloadCodec } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDataConverter, createGateCodec } from '../../platform/codec.ts';
import { visitFaults } from '../../store/office/visit-fault.ts';
import { type ProcessUnderTest, startProcess } from '../../testing/process.ts';
import { until } from '../../testing/until.ts';
import { feedGrew, gateWorkflowId, strayEvent } from '../messages/gate.ts';
import { entered, reservationWorkflowId, updates } from '../messages/reservation.ts';

const later = () => new Date(Date.now() + 3_600_000);

/**
 * Somebody at the engine's port, with everything that a stolen gate holds: its address, its codec key, and every id,
 * which the engine's own pages would show them.
 */
describe('a stranger at the engine’s port', () => {
  let process: ProcessUnderTest;
  let connection: Connection;
  beforeAll(async () => {
    process = await startProcess();
    await process.startWorker();
    connection = await Connection.connect({ address: process.temporal.address });
  });
  afterAll(async () => {
    await connection?.close();
    await process?.stop();
  });

  const clientWith = (codec?: PayloadCodec) =>
    new Client({
      connection,
      namespace: process.temporal.namespace,
      ...(codec && { dataConverter: createDataConverter(codec) }),
    });
  const strangers = () => ({
    plain: clientWith(),
    gate: clientWith(createGateCodec(process.keys.gate('south').codec)),
  });

  async function undecided() {
    const visitor = await process.aVisitor();
    const { reservation } = await process.submit(visitor, { until: later() });
    return { visitor, reservation, task: await process.newestTask(reservation) };
  }
  const actor = () => ({ kind: 'staff', id: process.content.staff }) as const;
  const briefly = <T>(client: Client, work: () => Promise<T>) => client.withDeadline(Date.now() + 3_000, work);
  /** The workflow has heard everything so far: it answers an honest request. */
  async function goesOn({ reservation, visitor }: Awaited<ReturnType<typeof undecided>>) {
    const { answer } = await process.ask({
      reservation,
      kind: 'nudge',
      payload: {},
      actor: { kind: 'visitor', id: visitor.id },
    });
    expect(answer).toBeDefined();
  }

  it('decides nothing, cancels nothing, and opens no gate', async () => {
    const visit = await undecided();
    const { reservation, task } = visit;
    const id = reservationWorkflowId(reservation);
    for (const [name, client] of Object.entries(strangers())) {
      const handle = client.workflow.getHandle(id);
      const asked = { request: randomUUID(), actor: actor() };
      const decide = { ...asked, kind: 'decide', task: task.id, verdict: 'approved' } as const;
      const attacks = [
        () => handle.executeUpdate(updates.decide, { args: [decide] }),
        () => handle.executeUpdate(updates.cancel, { args: [{ ...asked, kind: 'cancel' }] }),
        // A gate may say what it saw: as an Update that is nothing.
        () => handle.executeUpdate(updates.cancel, { args: [process.anEvent(reservation) as never] }),
      ];
      for (const attack of attacks) await expect(briefly(client, attack), name).rejects.toThrow();
    }
    await goesOn(visit);
    expect(await process.row(reservation)).toMatchObject({ stage: 'approval', outcome: null });
    expect(await process.owner('pass').where({ reservation_id: reservation })).toEqual([]);
    expect(await process.owner('task').where({ reservation_id: reservation }).pluck('status')).toEqual(['open']);
  });

  it('cannot use a request that was sealed for another visit, or for another verb', async () => {
    const [mine, theirs] = [await undecided(), await undecided()];
    const cancelled = await process.ask({
      reservation: mine.reservation,
      kind: 'cancel',
      payload: {},
      actor: { kind: 'visitor', id: mine.visitor.id },
    });
    expect(cancelled.answer).toMatchObject({ ok: true });
    await goesOn(theirs);
    const sealed = async (reservation: string, name: string) => {
      const { events } = await process.handle(reservation).fetchHistory();
      const found = (events ?? []).find(
        (event) => event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.name === name,
      );
      return found?.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.args?.payloads ?? [];
    };
    /** Says again, to the letter, what the engine keeps. */
    const parrot = (payloads: Awaited<ReturnType<typeof sealed>>) =>
      clientWith({ encode: async () => payloads, decode: async (kept) => kept });
    const cancel = async (payloads: Awaited<ReturnType<typeof sealed>>) => {
      const client = parrot(payloads);
      const handle = client.workflow.getHandle(reservationWorkflowId(theirs.reservation));
      await expect(
        briefly(client, () => handle.executeUpdate(updates.cancel, { args: [{} as never] })),
      ).rejects.toThrow();
    };
    const [another, nudge] = [await sealed(mine.reservation, 'cancel'), await sealed(theirs.reservation, 'nudge')];
    expect([another.length, nudge.length]).toEqual([1, 1]);
    await cancel(another);
    await cancel(nudge);
    expect(await process.row(theirs.reservation)).toMatchObject({ stage: 'approval', outcome: null });
  });

  it('cannot report an entry at another gate, and stops no visit with a malformed message', async () => {
    const visit = await undecided();
    const { reservation } = visit;
    await process.decide(reservation, 'approved');
    await process.reaches(reservation, 'visit');
    const { plain, gate } = strangers();
    const id = reservationWorkflowId(reservation);
    const lies: [Client, unknown[]][] = [
      [plain, []],
      [plain, [process.anEvent(reservation)]],
      [gate, []],
      [gate, [process.anEvent(reservation, { gate: 'north' })]],
      [gate, [process.anEvent(randomUUID())]],
      [gate, [{ gate: 'south', reservation }]],
      [gate, [process.anEvent(reservation, { at: 0 })]],
    ];
    for (const [client, args] of lies) await client.workflow.getHandle(id).signal(entered, ...(args as [never]));
    for (const [client, args] of lies) await client.workflow.getHandle(id).signal('messageFailed', ...args);

    const honest = process.anEvent(reservation);
    await process.enter(reservation, honest);
    await until(() => process.owner('gate_event').where({ id: honest.event }).first(), 'the honest event');
    expect(await process.owner('gate_event').where({ reservation_id: reservation }).pluck('id')).toEqual([
      honest.event,
    ]);
    const isPutAside = async () =>
      (await visitFaults(process.db, 100)).some((one) => one.reservation === reservation && one.kind === 'put_aside');
    await until(isPutAside, 'what was malformed is put aside');
    const { answer } = await process.ask({
      reservation,
      kind: 'cancel',
      payload: {},
      actor: { kind: 'visitor', id: visit.visitor.id },
    });
    expect(answer).toEqual({ ok: false, code: 'already_inside' });
  });

  it('does not stop a gate’s own workflow either', async () => {
    const { reservation } = await undecided();
    await process.client.workflow.signalWithStart('gate', {
      workflowId: gateWorkflowId('south'),
      taskQueue: 'reservations',
      args: [{ gate: 'south', patience: 200, retryAfter: 60_000, renewAfter: 4_000 }],
      signal: feedGrew,
      signalArgs: [{ position: 0 }],
    });
    const { plain, gate } = strangers();
    for (const client of [plain, gate]) {
      const handle = client.workflow.getHandle(gateWorkflowId('south'));
      await handle.signal(feedGrew, undefined as never);
      await handle.signal(strayEvent, undefined as never);
      await handle.signal(strayEvent, process.anEvent(reservation, { gate: 'north' }));
      await handle.signal(strayEvent, process.anEvent(randomUUID()));
    }
    const honest = process.anEvent(reservation);
    await process.client.workflow.getHandle(gateWorkflowId('south')).signal(strayEvent, honest);
    await until(() => process.owner('gate_event').where({ id: honest.event }).first(), 'the honest event');
    expect(await process.owner('gate_event').where({ reservation_id: reservation }).pluck('id')).toEqual([
      honest.event,
    ]);
    await process.client.workflow.getHandle(gateWorkflowId('south')).terminate();
  });
});
