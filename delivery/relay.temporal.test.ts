import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimPending, findRequest } from '../store/reservations/request.ts';
import { type ProcessUnderTest, startProcess } from '../testing/process.ts';
import { until } from '../testing/until.ts';
import { reservationWorkflowId, reservationWorkflowType } from '../workflows/messages/reservation.ts';
import { createRelay } from './relay.ts';

const later = () => new Date(Date.now() + 3_600_000);

describe('the relay', () => {
  let process: ProcessUnderTest;
  beforeAll(async () => {
    process = await startProcess();
    await process.startWorker();
  });
  afterAll(() => process?.stop());

  /** Visits whose workflow never answers: nobody takes its tasks. Each with a cancellation that waits. */
  async function stuck(count: number): Promise<string[]> {
    const visitors = await Promise.all(Array.from({ length: count }, () => randomUUID()));
    const rows = visitors.map((visitor) => ({ visitor, reservation: randomUUID(), request: randomUUID() }));
    await process.owner('visitor').insert(rows.map(({ visitor }) => ({ id: visitor })));
    await process
      .owner('reservation')
      .insert(
        rows.map(({ visitor, reservation }) => ({ id: reservation, visitor_id: visitor, stage: 'registration' })),
      );
    const start = (reservation: string) =>
      process.client.workflow.start(reservationWorkflowType, {
        workflowId: reservationWorkflowId(reservation),
        taskQueue: 'nobody',
        args: [{ reservation, visitor: randomUUID(), durations: { draftTtl: 600_000, settleFor: 600_000 } }],
      });
    for (let n = 0; n < rows.length; n += 50) {
      await Promise.all(rows.slice(n, n + 50).map(({ reservation }) => start(reservation)));
    }
    await process.owner('request').insert(
      rows.map(({ visitor, reservation, request }) => ({
        id: request,
        reservation_id: reservation,
        kind: 'cancel',
        actor_kind: 'visitor',
        actor_id: visitor,
        payload: '{}',
        next_attempt_at: new Date(),
      })),
    );
    return rows.map(({ request }) => request);
  }

  it('answers a new request beside five hundred that are stuck', async () => {
    const requests = await stuck(500);
    const tried = async (least: number) =>
      Number(
        (await process.owner('request').whereIn('id', requests).where('attempts', '>=', least).count().first())?.count,
      );
    await until(async () => (await tried(1)) > 100, 'the stuck requests to be tried');

    const visitor = await process.aVisitor();
    const { request } = await process.submit(visitor, { until: later(), waitMs: 0 });
    await process.owner('request').where({ id: request }).update({ next_attempt_at: new Date() });
    await until(async () => (await findRequest(process.db, request))?.status === 'answered', 'the healthy answer');
    expect(await process.owner('request').whereIn('id', requests).whereNot('status', 'pending').pluck('id')).toEqual(
      [],
    );
    // Those that were stuck had not all had their turn: nobody waited for the end of the queue.
    expect(await tried(2)).toBeLessThan(500);
    await process.owner('request').whereIn('id', requests).update({ next_attempt_at: later() });
  });

  it('has one request of a reservation under way, the oldest first', async () => {
    const visitor = await process.aVisitor();
    await process.stopWorker();
    const { reservation, request: first } = await process.submit(visitor, { until: later(), waitMs: 0 });
    const actor = { kind: 'visitor', id: visitor.id } as const;
    const { request: second } = await process.ask({ reservation, kind: 'cancel', payload: {}, actor }, { waitMs: 0 });
    await process.owner('request').whereIn('id', [first, second]).update({ next_attempt_at: new Date() });

    const claim = async () =>
      (await claimPending(process.db, { most: 1_000, repeated: 1_000, pause: 1, patience: () => 600_000 }))
        .map(({ id }) => id)
        .filter((id) => id === first || id === second);
    expect(await claim()).toEqual([first]);
    await process.owner('request').where({ id: first }).update({ next_attempt_at: new Date() });
    expect(await claim()).toEqual([]);

    // The attempt is over: the other one may go.
    const sent: string[] = [];
    await process.owner('request').whereIn('id', [first, second]).update({ sending_until: null });
    const relay = createRelay(
      { db: process.db, log: process.log, deliver: async (id) => void sent.push(id) },
      { every: 10, pause: 600_000, patience: () => 600_000 },
    );
    relay.start();
    await until(() => sent.includes(second), 'the second request');
    await relay.stop();
    expect(sent.filter((id) => id === first || id === second)).toEqual([first, second]);
    await process.startWorker();
  });

  it('tries what has waited for long at growing distance', async () => {
    // Its relay would take the request first, and wait longer for an answer.
    await process.stopWorker();
    const [request = ''] = await stuck(1);
    const distance = async (age: string) => {
      await process
        .owner('request')
        .where({ id: request })
        .update({
          created_at: process.owner.raw(`now() - ?::interval`, [age]),
          next_attempt_at: new Date(),
          sending_until: null,
          attempts: 10,
        });
      await claimPending(process.db, { most: 1_000, repeated: 1_000, pause: 2_000, patience: () => 1_000 });
      const { rows } = await process.owner.raw(
        `select round(extract(epoch from next_attempt_at - now()))::int as seconds from request where id = ?`,
        [request],
      );
      return rows[0].seconds;
    };
    expect(await distance('1 minute')).toBeCloseTo(16, -1);
    expect(await distance('1 hour')).toBeCloseTo(180, -1);
    expect(await distance('30 days')).toBeCloseTo(600, -1);
  });
});
