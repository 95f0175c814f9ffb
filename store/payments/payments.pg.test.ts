import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshDatabase, type TestDatabase } from '../../testing/postgres.ts';
import { randomOf } from '../../testing/random.ts';
import { endAccount, giveBack, lockAccount, moneyOf } from './account.ts';
import { keepComparedDay, markBilled, nextDayToCompare, unbilledUntil } from './bill.ts';
import { openPayFaults } from './fault.ts';
import { openOrder, ordersOf, takeIn } from './order.ts';
import { lateRefunds, markRefund, payOut, refundsOf, refundsToSend } from './refund.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database?.drop());

/** One whose workflow still decides. */
async function aReservation(): Promise<string> {
  const [visitor, id] = [randomUUID(), randomUUID()];
  await database.owner('visitor').insert({ id: visitor });
  await database.owner('reservation').insert({ id, visitor_id: visitor, stage: 'details' });
  return id;
}

const price = 1_000;
const payBy = new Date(Date.now() + 3_600_000);
const open = (reservation: string, amount = price) =>
  database.db.transaction((trx) =>
    openOrder(trx, { reservation, submission: randomUUID(), method: 'native', amount, payBy }),
  );
const pay = (order: string, amount = price, transaction = `t-${order}`) =>
  database.db.transaction((trx) => takeIn(trx, { order, amount, transaction, at: new Date() }));
/** As its workflow does while it is open. */
const settle = (reservation: string, owed: number) =>
  database.db.transaction(async (trx) => {
    await lockAccount(trx, reservation);
    return giveBack(trx, reservation, { owed, reason: 'shortened' });
  });
const end = (reservation: string, owed: number) =>
  database.db.transaction(async (trx) => {
    await lockAccount(trx, reservation);
    await endAccount(trx, reservation, owed);
    return giveBack(trx, reservation, { owed, reason: 'ended' });
  });

test('days are compared from the first payment at the provider on, each once', async () => {
  const { db } = database;
  expect(await nextDayToCompare(db, '2026-11-29')).toBeUndefined();
  const { id } = await open(randomUUID());
  const at = new Date('2026-11-28T16:30:00+08:00');
  await db.transaction((trx) => takeIn(trx, { order: id, amount: price, transaction: 'first', at }));
  expect(await nextDayToCompare(db, '2026-11-27')).toBeUndefined();
  expect(await nextDayToCompare(db, '2026-11-29')).toBe('2026-11-28');
  await keepComparedDay(db, { day: '2026-11-28', paid: price, refunded: 0, lines: 1 });
  expect(await nextDayToCompare(db, '2026-11-29')).toBe('2026-11-29');
  // What was missed for too long is not asked for: the provider has no bill of it.
  expect(await nextDayToCompare(db, '2027-06-01')).toBe('2027-03-04');
});

describe('a payment', () => {
  test('is taken in once, also when a notice and a look at the provider bring it at the same moment', async () => {
    const reservation = randomUUID();
    const { id } = await open(reservation);
    expect((await Promise.all([pay(id), pay(id), pay(id)])).toSorted()).toEqual(['known', 'known', 'taken']);
    expect((await ordersOf(database.db, reservation)).map(({ status }) => status)).toEqual(['paid']);
  });

  test('of another amount than was asked, or of an order that nobody made, is none', async () => {
    const { id, reservation } = await open(await aReservation());
    expect(await pay(id, price - 1)).toBe('other_amount');
    expect(await pay(randomUUID())).toBe('unknown');
    expect(await moneyOf(database.db, reservation)).toEqual({ kept: 0, movements: 0 });
  });

  test('of a visit that is over goes back whole, once', async () => {
    const reservation = randomUUID();
    const [first, second] = [await open(reservation), await open(reservation)];
    await end(reservation, 0);
    await Promise.all([pay(first.id), pay(second.id), pay(first.id)]);
    expect((await refundsOf(database.db, reservation)).map(({ amount, status }) => [amount, status])).toEqual([
      [price, 'wanted'],
      [price, 'wanted'],
    ]);
  });
});

test('whatever comes in whatever order, money in is money kept and money back, and what is kept is what is owed', async () => {
  for (let seed = 1; seed <= 30; seed += 1) {
    const random = randomOf(seed);
    const reservation = await aReservation();
    const orders = await Promise.all([open(reservation), open(reservation), open(reservation)]);
    const owed = random.pick([0, price, 2 * price]);
    const paying = orders.slice(0, random.pick([1, 2, 3])).flatMap(({ id }) => [() => pay(id), () => pay(id)]);
    const all: (() => Promise<unknown>)[] = [...paying, () => end(reservation, owed), () => end(reservation, owed)];
    const events = all
      .map((event) => ({ event, at: random.next() }))
      .toSorted((a, b) => a.at - b.at)
      .map(({ event }) => event);
    if (random.chance(0.5)) await Promise.all(events.map((event) => event()));
    else for (const event of events) await event();
    const paid = (await ordersOf(database.db, reservation)).filter(({ status }) => status === 'paid');
    const sumOf = (rows: { amount: number }[]) => rows.reduce((sum, { amount }) => sum + amount, 0);
    const back = sumOf(await refundsOf(database.db, reservation));
    const { kept } = await moneyOf(database.db, reservation);
    expect(sumOf(paid), `seed ${seed}`).toBe(kept + back);
    expect(kept, `seed ${seed}`).toBe(Math.min(owed, sumOf(paid)));
  }
}, 60_000);

test('in each of the 120 orders of notice, look, second payment, shorter stay and end it is one and the same', async () => {
  const lives = ordersOfAll([0, 1, 2, 3, 4]).map(async (order, n) => {
    const owed = n % 2 === 0 ? 0 : price / 2;
    const reservation = await aReservation();
    const [first, second] = [await open(reservation), await open(reservation)];
    const events = [
      () => pay(first.id),
      () => pay(first.id),
      () => pay(second.id),
      () => settle(reservation, price / 2),
      () => end(reservation, owed),
    ];
    for (const event of order) await events[event]?.();
    const refunds = await refundsOf(database.db, reservation);
    const { kept } = await moneyOf(database.db, reservation);
    return { kept, owed, back: refunds.reduce((sum, { amount }) => sum + amount, 0) };
  });
  const all = await Promise.all(lives);
  expect(all).toHaveLength(120);
  for (const { kept, owed, back } of all) expect([kept, kept + back]).toEqual([owed, 2 * price]);
});

function ordersOfAll(items: number[]): number[][] {
  if (items.length <= 1) return [items];
  return items.flatMap((first) => ordersOfAll(items.filter((one) => one !== first)).map((rest) => [first, ...rest]));
}

test('what is paid for a visit that nobody knows any more goes back', async () => {
  const { id, reservation } = await open(randomUUID());
  await pay(id);
  expect(await refundsOf(database.db, reservation)).toMatchObject([{ amount: price, reason: 'surplus' }]);
});

test('a refund is handed over by one worker at a time, and stays done', async () => {
  const reservation = randomUUID();
  const { id } = await open(reservation);
  await pay(id);
  await end(reservation, 0);
  await database.owner('payment_refund').update({ next_try_at: null });
  await database.owner('payment_refund').whereIn('order_id', [id]).update({ next_try_at: new Date() });
  const taken = await Promise.all([refundsToSend(database.db, 10), refundsToSend(database.db, 10)]);
  expect(taken.flat().map(({ order }) => order)).toEqual([id]);
  const refund = taken.flat()[0]?.id ?? '';
  await markRefund(database.db, refund, 'done');
  await markRefund(database.db, refund, 'abnormal');
  expect(await refundsOf(database.db, reservation)).toMatchObject([{ status: 'done', doneAt: expect.any(Date) }]);
  expect(await refundsToSend(database.db, 10)).toEqual([]);
});

test('a day’s bill marks what it has; what it lacks is told', async () => {
  const reservation = randomUUID();
  const [billed, missing] = [await open(reservation), await open(reservation)];
  await pay(billed.id);
  await pay(missing.id);
  const today = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
  const found = await database.db.transaction(async (trx) => {
    const ours = await markBilled(trx, today, [{ kind: 'paid', id: billed.id, amount: price }]);
    return { ours, left: await unbilledUntil(trx, today) };
  });
  expect([...found.ours]).toEqual([[billed.id, price]]);
  expect(found.left.map(({ id }) => id)).toContain(missing.id);
  expect(found.left.map(({ id }) => id)).not.toContain(billed.id);
});

test('what an office has paid out stays so; given back by the provider as well, it is a difference', async () => {
  const { db, owner } = database;
  const reservation = randomUUID();
  const { id } = await open(reservation);
  await pay(id);
  await end(reservation, 0);
  const [refund] = await refundsOf(db, reservation);
  const of = refund?.id ?? '';
  await markRefund(db, of, 'abnormal');
  const staff = randomUUID();
  expect([await payOut(db, { refund: of, by: staff }), await payOut(db, { refund: of, by: staff })]).toEqual([
    true,
    false,
  ]);
  const paidOut = await owner('payment_refund').where({ id: of }).first();
  await markRefund(db, of, 'processing');
  expect(await openPayFaults(db, 10)).toEqual([]);
  for (let n = 0; n < 2; n += 1) await markRefund(db, of, 'done');
  expect(await owner('payment_refund').where({ id: of }).first()).toEqual(paidOut);
  expect(await openPayFaults(db, 10)).toMatchObject([{ kind: 'paid_out_twice', subject: of, theirs: price }]);
});

test('a refund that is not taken within an hour, or not done within days, is late', async () => {
  const { db, owner } = database;
  await owner('payment_refund').update({ status: 'done', done_at: new Date() });
  const { id } = await open(randomUUID());
  const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000);
  const of = (status: string, hours: number) => ({
    order_id: id,
    amount: 1,
    reason: 'ended',
    status,
    wanted_at: ago(hours),
  });
  await owner('payment_refund').insert([of('wanted', 0.5), of('processing', 100), of('counter', 999)]);
  expect(await lateRefunds(db)).toEqual({ count: 0, since: null });
  await owner('payment_refund').insert([of('wanted', 2), of('processing', 130)]);
  expect(await lateRefunds(db)).toMatchObject({ count: 2, since: expect.any(Date) });
});
