import { setTimeout as pause } from 'node:timers/promises';
import type { Outcome } from '../domain/reservation.ts';
import { numberOf } from '../platform/wechat-pay/number.ts';
import { moneyOf } from '../store/payments/account.ts';
import { feeOfSubmission } from '../store/payments/fee.ts';
import { ordersOf, takeIn } from '../store/payments/order.ts';
import { refundsOf } from '../store/payments/refund.ts';
import { type payingOf, price } from './paying.ts';
import type { ProcessUnderTest } from './process.ts';
import { randomOf } from './random.ts';
import { until } from './until.ts';
import { wishesOf } from './wishes.ts';

/**
 * One visit with a fee, whose money comes as chance has it: told by a notice, found by a look at the provider, in cash, twice, late;
 * while it is cancelled, shortened, or over. Ends when nothing is under way any more.
 */

type Paying = Awaited<ReturnType<typeof payingOf>>;

/** What must hold however it went. Fen. */
export interface Books {
  seed: number;
  outcome: Outcome;
  acts: string[];
  paid: number;
  kept: number;
  back: number;
  /** By the outcome: what a visit that took place costs, or nothing. */
  owed: number;
  passes: number;
  /** What the provider says of the same orders. */
  provider: { paid: number; back: number };
  /** By our rows, without cash. */
  ours: { paid: number; back: number };
}

export async function livesByChance(process: ProcessUnderTest, paying: Paying, seed: number): Promise<Books> {
  const { db, owner, partners } = process;
  const random = randomOf(seed);
  const wishes = wishesOf(process);
  const visitor = await process.aVisitor();
  // The order has to be there before its time is over, on a busy machine too.
  const window = { until: new Date(Date.now() + 12_000 + random.below(3_000)) };
  const { reservation } = await process.submit(visitor, paying.byCar(visitor, window));
  const of = { reservation };
  await process.decide(reservation, 'approved');
  const order = await paying.order(of);

  /** As `web` takes a notice in; where it is lost on the way to the workflow, the worker tells it. */
  async function notice(): Promise<void> {
    const known = (await partners.orders()).find(({ number }) => number === numberOf(order.id));
    if (!known?.paid) return;
    const { transaction, at } = known.paid;
    const payment = { order: order.id, amount: order.amount, at, transaction };
    await db.transaction((trx) => takeIn(trx, payment));
    if (random.chance(0.5)) await paying.orders.tell(reservation);
  }
  const look = () => asksNow('payment_order', 'next_look_at');
  const acts: Record<string, () => Promise<unknown>> = {
    pays: () => partners.pay(order.id),
    notice,
    'notice again': notice,
    look,
    cash: () => paying.cash(of),
    cancels: () => wishes.cancel(visitor, of),
    'leaves the vehicle at home': () => wishes.change(visitor, of, window),
  };
  async function asksNow(table: 'payment_order' | 'payment_refund', column: string): Promise<void> {
    const ids = owner('payment_order').where({ reservation_id: reservation }).select('id');
    await owner(table)
      .whereNotNull(column)
      .whereIn(table === 'payment_order' ? 'id' : 'order_id', ids)
      .update({ [column]: new Date() });
  }

  const said: string[] = [];
  const likely = { pays: 0.8, cash: 0.4, cancels: 0.35, 'leaves the vehicle at home': 0.25 } as Record<string, number>;
  const chosen = Object.entries(acts)
    .filter(([name]) => random.chance(likely[name] ?? 0.7))
    .map(([name, act]) => ({ name, act, after: random.below(4_000) }))
    .toSorted((a, b) => a.after - b.after);
  await Promise.all(
    chosen.map(async ({ name, act, after }) => {
      await pause(after);
      said.push(name);
      await act();
    }),
  );
  const { outcome } = await process.result(reservation);
  await until(
    async () => {
      await asksNow('payment_order', 'next_look_at');
      await asksNow('payment_refund', 'next_try_at');
      const untold = await db('payment_order').where({ reservation_id: reservation, status: 'paid', told_at: null });
      const refunds = await refundsOf(db, reservation);
      const open = (await ordersOf(db, reservation)).filter(({ status }) => status === 'open');
      const isPaidThere = (await atProvider()).paid > 0;
      const moving = refunds.filter(({ status }) => status === 'wanted' || status === 'processing');
      return untold.length + moving.length === 0 && (open.length === 0 || !isPaidThere);
    },
    `the money of seed ${seed} rests (${said.join(', ')})`,
    60,
  );

  async function atProvider() {
    const number = numberOf(order.id);
    const [orders, refunds] = await Promise.all([partners.orders(), partners.refunds()]);
    const paid = orders.filter((one) => one.number === number && one.paid);
    return {
      paid: sumOf(paid),
      back: sumOf(refunds.filter((one) => one.order === number)),
    };
  }

  const row = await process.row(reservation);
  const orders = (await ordersOf(db, reservation)).filter(({ status }) => status === 'paid');
  const refunds = await refundsOf(db, reservation);
  const online = new Set(orders.filter(({ method }) => method !== 'cash').map(({ id }) => id));
  const tookPlace = outcome === 'completed' || outcome === 'no_show';
  return {
    seed,
    outcome,
    acts: said,
    paid: sumOf(orders),
    kept: (await moneyOf(db, reservation)).kept,
    back: sumOf(refunds),
    owed: tookPlace ? await feeOfSubmission(db, row.submission_id) : 0,
    passes: (await db('pass').where({ reservation_id: reservation })).length,
    provider: await atProvider(),
    ours: {
      paid: sumOf(orders.filter(({ id }) => online.has(id))),
      back: sumOf(refunds.filter((refund) => online.has(refund.order))),
    },
  };
}

const sumOf = (rows: readonly { amount: number }[]): number => rows.reduce((sum, { amount }) => sum + amount, 0);

/** What is wrong with them; empty is right. */
export function wrongBooks({ seed, outcome, acts, ...books }: Books): string[] {
  const { paid, kept, back, owed, passes, provider, ours } = books;
  const wrong = [
    paid !== kept + back && 'money in is not money kept and money back',
    kept !== owed && 'what is kept is not what is owed',
    provider.paid !== ours.paid && 'the provider says another payment',
    provider.back !== ours.back && 'the provider says another refund',
    passes > 0 && paid < price && !acts.includes('leaves the vehicle at home') && 'a pass that nobody paid for',
  ].filter((one) => one !== false);
  return wrong.map((what) => `seed ${seed}: ${what}, ${outcome} after ${acts.join(', ')}: ${JSON.stringify(books)}`);
}
