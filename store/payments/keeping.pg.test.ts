import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RetentionClass } from '../../domain/retention.ts';
import { day, dayOf } from '../../domain/time.ts';
import type { TestDatabase } from '../../testing/postgres.ts';
import { aWaitingTask, type House } from '../../testing/reservations.ts';
import { seededHouse } from '../../testing/seeded-house.ts';
import { beginErasure, eraseAccount } from '../own-data/erasure.ts';
import { purge } from '../own-data/retention.ts';
import { endAccount } from './account.ts';
import { keepComparedDay } from './bill.ts';
import { recordPayFault, settlePayFault } from './fault.ts';
import { markClosed, openOrder, ordersOf, takeIn } from './order.ts';

/** Money is kept for as long as the law says, to the day, and no longer. */

let database: TestDatabase;
let house: House;
beforeAll(async () => {
  ({ database, house } = await seededHouse());
});
afterAll(() => database?.drop());

const daysAgo = (days: number) => new Date(Date.now() - days * day);
/** So long ago that the days can be set on either side of today, and the law keeps its own. */
const year = new Date().getUTCFullYear() - 33;
const lastMoment = new Date(`${year}-12-31T23:59:59.999+08:00`);
const nextYear = new Date(lastMoment.getTime() + 1);
/** The end of that year is so many whole days past at this moment: the last number by which it goes. */
const due = () => Math.floor((Date.now() - nextYear.getTime()) / day);
const keepFor = (of: RetentionClass, days: number) => database.owner('retention').where({ class: of }).update({ days });
const purged = async (of: RetentionClass) => (await purge(database.db, of)).count;

let phones = 0;
async function aVisit(closedDaysAgo?: number) {
  phones += 1;
  const phone = `1371000${String(phones).padStart(4, '0')}`;
  const visit = await aWaitingTask(house, {
    who: { name: '欧阳小满', phone, document: 'E12345678', plate: '京A12345' },
  });
  if (closedDaysAgo !== undefined) await close(visit, closedDaysAgo);
  return visit;
}
type Visit = Awaited<ReturnType<typeof aVisit>>;
const close = ({ reservation }: Visit, days: number) =>
  database
    .owner('reservation')
    .where({ id: reservation })
    .update({
      stage: 'closed',
      outcome: 'completed',
      closed_at: daysAgo(days),
      visit_from: daysAgo(days + 2),
      visit_until: daysAgo(days + 1),
    });
const anOrder = ({ reservation, submission }: Visit) =>
  database.db.transaction((trx) =>
    openOrder(trx, { reservation, submission, method: 'native', amount: 1_000, payBy: new Date() }),
  );
async function aPayment(visit: Visit, at: Date): Promise<string> {
  const { id } = await anOrder(visit);
  await database.db('payment_order').where({ id }).update({ prepay: 'where it is paid' });
  await database.db.transaction(async (trx) => {
    // Otherwise it would go back: nothing is owed here.
    await endAccount(trx, visit.reservation, 1_000_000);
    await takeIn(trx, { order: id, amount: 1_000, transaction: id, at });
  });
  return id;
}
const aRefund = async (order: string, doneAt: Date | null): Promise<string> => {
  const [row] = await database
    .owner('payment_refund')
    .insert({ order_id: order, amount: 400, reason: 'ended', status: doneAt ? 'done' : 'wanted', done_at: doneAt })
    .returning('id');
  return row.id;
};
const ordersLeft = async (visit: Visit) => (await ordersOf(database.db, visit.reservation)).map(({ id }) => id);

describe('what was paid for a visit', () => {
  beforeEach(() => keepFor('payments', due()));

  it('goes with its refunds 30 years after its year, on the day and not before', async () => {
    const [last, first] = [await aVisit(400), await aVisit(400)];
    const order = await aPayment(last, lastMoment);
    await aRefund(order, lastMoment);
    const later = await aPayment(first, nextYear);
    await keepFor('payments', due() + 1);
    expect(await purged('payments')).toBe(0);
    await keepFor('payments', due());
    expect(await purged('payments')).toBe(1);
    expect([await ordersLeft(last), await ordersLeft(first)]).toEqual([[], [later]]);
    const { owner } = database;
    expect(await owner('payment_refund').where({ order_id: order })).toEqual([]);
    expect(await owner('payment_account').where({ reservation_id: last.reservation })).toEqual([]);
    expect(await purged('payments')).toBe(0);
  });

  it('goes as a whole: what moved in a later year keeps all of it', async () => {
    const [backLater, paidLater] = [await aVisit(400), await aVisit(400)];
    await aRefund(await aPayment(backLater, lastMoment), nextYear);
    await aPayment(paidLater, lastMoment);
    await aPayment(paidLater, nextYear);
    expect(await purged('payments')).toBe(0);
    expect([await ordersLeft(backLater), await ordersLeft(paidLater)].map(({ length }) => length)).toEqual([1, 2]);
  });

  it('stays while something of it is not settled, or its visit is open', async () => {
    const [owing, differing, open] = [await aVisit(400), await aVisit(400), await aVisit()];
    const back = await aRefund(await aPayment(owing, lastMoment), null);
    const subject = await aPayment(differing, lastMoment);
    await recordPayFault(database.db, { kind: 'amounts_differ', subject, ours: 1_000, theirs: 900 });
    await aPayment(open, lastMoment);
    expect(await purged('payments')).toBe(0);
    await database.owner('payment_refund').where({ id: back }).update({ status: 'done', done_at: lastMoment });
    const by = (await database.owner('staff').first('id')).id;
    await settlePayFault(database.db, { kind: 'amounts_differ', subject, by });
    expect(await purged('payments')).toBe(2);
    expect(await ordersLeft(open)).toHaveLength(1);
  });

  it('is kept no shorter by any office, and deleted by no role of ours', async () => {
    const { db } = database;
    await expect(keepFor('payments', 10_957)).rejects.toThrow(/retention_by_law/);
    await expect(keepFor('bill_comparisons', 3_652)).rejects.toThrow(/retention_by_law/);
    for (const table of ['payment_order', 'payment_refund', 'payment_account', 'payment_bill', 'payment_fault'])
      await expect(db(table).delete()).rejects.toThrow(/permission denied/);
  });
});

it('where an order is paid is forgotten once it is paid or closed', async () => {
  const visit = await aVisit();
  const { id } = await anOrder(visit);
  await database.db('payment_order').where({ id }).update({ prepay: 'where it is paid' });
  await markClosed(database.db, id);
  await aPayment(visit, new Date());
  expect((await ordersOf(database.db, visit.reservation)).map(({ prepay }) => prepay)).toEqual([null, null]);
});

it('what was paid is called unpaid, or older, by no role of ours', async () => {
  const visit = await aVisit(181);
  const id = await aPayment(visit, daysAgo(182));
  const changed = (row: object) => database.db('payment_order').where({ id }).update(row);
  await expect(changed({ status: 'closed', paid_at: null })).rejects.toThrow(/permission denied/);
  await expect(changed({ paid_at: lastMoment })).rejects.toThrow(/permission denied/);
  expect(await changed({ told_at: new Date(), billed_on: dayOf(new Date()) })).toBe(1);
});

describe('an order that nobody paid', () => {
  const closedOrder = async (visit: Visit) => {
    const { id } = await anOrder(visit);
    await markClosed(database.db, id);
    return id;
  };

  it('goes with the people of its visit, and never what was paid', async () => {
    const [old, young, open] = [await aVisit(181), await aVisit(179), await aVisit()];
    for (const visit of [old, young, open]) await closedOrder(visit);
    const kept = await aPayment(old, daysAgo(182));
    expect(await purged('unpaid_orders')).toBe(1);
    expect(await ordersLeft(old)).toEqual([kept]);
    expect([await ordersLeft(young), await ordersLeft(open)].map(({ length }) => length)).toEqual([1, 1]);
  });

  it('goes the night after its account was deleted; what was paid stays, of nobody any more', async () => {
    const visit = await aVisit(10);
    await closedOrder(visit);
    const kept = await aPayment(visit, daysAgo(11));
    await database.db.transaction(async (trx) => {
      await beginErasure(trx, visit.visitor, { cause: 'asked' });
      await eraseAccount(trx, visit.visitor);
    });
    expect(await purged('unpaid_orders')).toBe(1);
    expect(await ordersLeft(visit)).toEqual([kept]);
  });

  it('stays while the provider says that something was paid', async () => {
    const visit = await aVisit(181);
    const subject = await closedOrder(visit);
    await recordPayFault(database.db, { kind: 'other_amount', subject, ours: 1_000, theirs: 1 });
    expect(await purged('unpaid_orders')).toBe(0);
  });
});

it('days of the provider’s bill and settled differences go 10 years after their year, and none that is open', async () => {
  const { db, owner } = database;
  for (const at of [lastMoment, nextYear])
    await keepComparedDay(db, { day: dayOf(at), paid: 1, refunded: 0, lines: 1 });
  const theirs = await aPayment(await aVisit(400), nextYear);
  for (const subject of ['settled', 'open', theirs]) await recordPayFault(db, { kind: 'missing_here', subject });
  await owner('payment_fault').whereIn('subject', ['settled', theirs]).update({ settled_at: lastMoment });
  await keepFor('bill_comparisons', due() + 1);
  expect(await purged('bill_comparisons')).toBe(0);
  await keepFor('bill_comparisons', due());
  expect(await purged('bill_comparisons')).toBe(2);
  const days = await owner('payment_bill').select(owner.raw(`to_char(day, 'YYYY-MM-DD') as day`));
  expect(days).toEqual([{ day: dayOf(nextYear) }]);
  // A difference of a payment that stands would be seen anew.
  expect((await owner('payment_fault').where({ kind: 'missing_here' }).pluck('subject')).toSorted()).toEqual(
    ['open', theirs].toSorted(),
  );
});
