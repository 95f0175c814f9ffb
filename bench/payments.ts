import { setTimeout as wait } from 'node:timers/promises';
import { feesByDay } from '../testing/paying.ts';
import { type Figure, round } from './figure.ts';
import { createJourney } from './journey.ts';
import { inLanes } from './lanes.ts';
import type { Product } from './product.ts';

/** So many visits in a run, so many at once. */
const plan = { count: 60, lanes: 10 };
const rounds = 2;
const hour = 3600_000;

/**
 * What a fee costs everybody else: visits that come by a car that is paid for, beside as many on foot, in turns. Both from the form to
 * an open gate, page by page; with the car there is the page of the payment, an order, the cashier, the notice, and the wait for the pass.
 */
export async function measurePayments(product: Product): Promise<Figure[]> {
  const journey = await createJourney(product);
  const { owner, people, sandbox } = product;
  const { campus_id: campus } = await owner('gate').where({ id: 'south' }).first('campus_id');
  await owner('fee_table').insert({ campus_id: campus, version: 1, document: JSON.stringify(feesByDay) });

  async function visit(plate: string): Promise<void> {
    const visitor = people.nextVisitor();
    const reservation = await journey.submit(visitor, new Date(Date.now() + hour), plate);
    await journey.approve(reservation);
    if (plate !== '') await pay(visitor, reservation);
    await journey.enter(visitor, reservation);
  }

  async function pay(visitor: (typeof people.visitors)[number], reservation: string): Promise<void> {
    const path = `/reservations/${reservation}/payment`;
    const row = () => owner('reservation').where({ id: reservation, stage: 'payment' }).first('id');
    while (!(await row())) await wait(50);
    const { values } = await journey.get(visitor, path);
    const shown = await journey.post(visitor, `${path}/orders`, { ...values, method: 'native' });
    const [, order] = /\/orders\/([0-9a-f-]{36})$/.exec(shown.path) ?? [];
    if (!order) throw new Error(`The payment led to ${shown.path}`);
    const paid = await fetch(`${sandbox}/inspect/pay/payments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ order, act: 'pay' }),
    });
    if (!paid.ok) throw new Error(`The cashier answered ${paid.status}`);
  }

  const seconds: { onFoot: number; byCar: number }[] = [];
  for (let turn = 0; turn < rounds; turn += 1) {
    const onFoot = await secondsOf(() => inLanes(plan, () => visit('')));
    const byCar = await secondsOf(() => inLanes(plan, () => visit('京A12345')));
    seconds.push({ onFoot, byCar });
  }
  journey.close();
  const mean = (of: 'onFoot' | 'byCar') => seconds.reduce((sum, one) => sum + one[of], 0) / rounds;
  const count = plan.count * rounds;
  const paid = await owner('payment_order').where({ status: 'paid' });
  if (paid.length !== count) throw new Error(`${paid.length} of ${count} visits by car were paid for`);
  return [
    {
      name: 'payment_ratio',
      value: round(mean('byCar') / mean('onFoot')),
      unit: '× a visit on foot',
      target: { atMost: 1.4 },
      seen: {
        by_car_per_s: round(plan.count / mean('byCar')),
        on_foot_per_s: round(plan.count / mean('onFoot')),
        at_once: plan.lanes,
        visits_of_each: count,
      },
    },
  ];
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}
