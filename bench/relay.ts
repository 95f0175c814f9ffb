import { randomUUID } from 'node:crypto';
import { reservationWorkflowId, reservationWorkflowType } from '../workflows/messages/reservation.ts';
import { type Figure, round } from './figure.ts';
import type { Product } from './product.ts';

const stuck = 500;
const healthy = 10;

/**
 * How long a kept request waits for its answer from the relay while five hundred others get none: the slowest of ten,
 * beside the same without the five hundred.
 */
export async function measureRelay(product: Product): Promise<Figure[]> {
  const alone = await slowest(product);
  const requests = await makeStuck(product);
  const beside = await slowest(product);
  const unanswered = await product.owner('request').whereIn('id', requests).where('status', 'pending').count().first();
  await product
    .owner('request')
    .whereIn('id', requests)
    .update({ next_attempt_at: new Date(8_640_000_000_000) });
  return [
    {
      name: 'relay_healthy_ms',
      value: round(beside),
      unit: 'ms until the answer, slowest of ten',
      target: { atMost: 5_000 },
      seen: { alone: round(alone), stuck: Number(unanswered?.count) },
    },
  ];
}

/** Requests that are due at this moment and that no page delivers: a draft is begun. */
async function slowest({ owner }: Product): Promise<number> {
  const waits: number[] = [];
  for (let n = 0; n < healthy; n += 1) {
    const [visitor, reservation] = [randomUUID(), randomUUID()];
    await owner('visitor').insert({ id: visitor });
    await owner('reservation').insert({ id: reservation, visitor_id: visitor, stage: 'registration' });
    const begun = performance.now();
    await owner('request').insert({
      id: reservation,
      reservation_id: reservation,
      kind: 'start',
      actor_kind: 'visitor',
      actor_id: visitor,
      payload: '{}',
      next_attempt_at: new Date(),
    });
    while (!(await owner('request').where({ id: reservation, status: 'answered' }).first('id')));
    waits.push(performance.now() - begun);
  }
  return Math.max(...waits);
}

/** Visits whose workflow never answers, each with a cancellation that waits. */
async function makeStuck({ owner, client }: Product): Promise<string[]> {
  const rows = Array.from({ length: stuck }, () => ({ visitor: randomUUID(), reservation: randomUUID() }));
  await owner('visitor').insert(rows.map(({ visitor }) => ({ id: visitor })));
  await owner('reservation').insert(
    rows.map(({ visitor, reservation }) => ({ id: reservation, visitor_id: visitor, stage: 'registration' })),
  );
  for (let n = 0; n < rows.length; n += 50) {
    const some = rows.slice(n, n + 50);
    await Promise.all(
      some.map(({ reservation, visitor }) =>
        client.workflow.start(reservationWorkflowType, {
          workflowId: reservationWorkflowId(reservation),
          taskQueue: 'nobody',
          args: [{ reservation, visitor, durations: { draftTtl: 3_600_000, settleFor: 60_000 } }],
        }),
      ),
    );
  }
  await owner('request').insert(
    rows.map(({ visitor, reservation }) => ({
      id: randomUUID(),
      reservation_id: reservation,
      kind: 'cancel',
      actor_kind: 'visitor',
      actor_id: visitor,
      payload: '{}',
      next_attempt_at: new Date(),
    })),
  );
  const requests = rows.map(({ reservation }) => reservation);
  return owner('request').whereIn('reservation_id', requests).pluck('id');
}
