import type { Knex } from 'knex';
import type { Money, PayMethod } from '../../domain/fee.ts';
import type { Transaction } from '../../platform/db.ts';
import { giveBack, lockAccount, moneyOf, owedOnceClosed } from './account.ts';

/** Orders: each one try to pay, at the provider or in cash. */

export interface Order {
  id: string;
  reservation: string;
  method: PayMethod;
  /** Fen. */
  amount: number;
  status: 'open' | 'paid' | 'closed';
  prepay: string | null;
  payBy: Date;
  paidAt: Date | null;
}

/** When the provider is asked of an open order beside its notices: soon at first, then at growing distance. Seconds. */
const looks = [10, 20, 30, 60, 120, 300, 600];

/** Locks the account: of one reservation one order is made at a time. */
export async function openOrder(
  trx: Transaction,
  order: { reservation: string; submission: string; method: Exclude<PayMethod, 'cash'>; amount: number; payBy: Date },
): Promise<Order> {
  const [row] = await trx('payment_order')
    .insert({
      reservation_id: order.reservation,
      submission_id: order.submission,
      method: order.method,
      amount: order.amount,
      pay_by: order.payBy,
      next_look_at: trx.raw(`now() + interval '${looks[0]} seconds'`),
    })
    .returning('*');
  return readOrder(row);
}

/** The provider took it: this is where it is paid. */
export async function keepPrepay(db: Knex, order: string, prepay: string): Promise<void> {
  await db('payment_order').where({ id: order, status: 'open' }).update({ prepay });
}

export async function ordersOf(db: Knex, reservation: string): Promise<Order[]> {
  return (await db('payment_order').where({ reservation_id: reservation }).orderBy(['opened_at', 'id'])).map(readOrder);
}

export async function findOrder(db: Knex, id: string): Promise<Order | undefined> {
  const row = await db('payment_order').where({ id }).first();
  return row && readOrder(row);
}

/** The provider will not take money for it any more. */
export async function markClosed(db: Knex, order: string): Promise<void> {
  await db('payment_order')
    .where({ id: order, status: 'open' })
    .update({ status: 'closed', prepay: null, next_look_at: null });
}

/** Those that the provider is to be asked of, for the one worker that asks first. */
export async function ordersToLookAt(db: Knex, limit: number): Promise<Order[]> {
  return db.transaction(async (trx) => {
    const rows = await trx('payment_order')
      .where('next_look_at', '<=', trx.fn.now())
      .orderBy('next_look_at')
      .limit(limit)
      .forUpdate()
      .skipLocked();
    for (const { id, looks: done } of rows) {
      const pause = looks[Math.min(done + 1, looks.length - 1)];
      await trx('payment_order')
        .where({ id })
        .update({ looks: done + 1, next_look_at: trx.raw(`now() + interval '${pause} seconds'`) });
    }
    return rows.map(readOrder);
  });
}

/** What was paid of an order, as the provider says it; cash, as staff do. */
export interface Payment {
  order: string;
  /** Fen. */
  amount: number;
  at: Date;
  /** The provider's number; cash has none. */
  transaction: string | null;
  takenBy?: string;
}

/**
 * Takes a payment in, once, also of an order that was closed. What was paid for a visit that is over goes back.
 * @returns `other_amount` where it is not what was asked: nothing is taken in
 */
export async function takeIn(
  trx: Transaction,
  payment: Payment,
): Promise<'taken' | 'known' | 'unknown' | 'other_amount'> {
  const found = await findOrder(trx, payment.order);
  if (!found) return 'unknown';
  await lockAccount(trx, found.reservation);
  const order = await findOrder(trx, payment.order);
  if (order?.status === 'paid') return 'known';
  if (found.amount !== payment.amount) return 'other_amount';
  await trx('payment_order')
    .where({ id: found.id })
    .update({
      status: 'paid',
      prepay: null,
      transaction: payment.transaction,
      paid_at: payment.at,
      taken_by: payment.takenBy ?? null,
      next_look_at: null,
    });
  const owed = await owedOnceClosed(trx, found.reservation);
  if (owed !== undefined) await giveBack(trx, found.reservation, { owed, reason: 'surplus' });
  return 'taken';
}

/** Cash that a person took: an order that is paid as it is made. Call it with the account locked. @returns its id */
export async function takeCash(
  trx: Transaction,
  cash: { id?: string; reservation: string; submission: string; amount: number; payBy: Date; takenBy: string | null },
): Promise<string> {
  const [row] = await trx('payment_order')
    .insert({
      ...(cash.id && { id: cash.id }),
      reservation_id: cash.reservation,
      submission_id: cash.submission,
      method: 'cash',
      amount: cash.amount,
      pay_by: cash.payBy,
      status: 'paid',
      paid_at: trx.fn.now(),
      taken_by: cash.takenBy,
    })
    .returning('id');
  return row.id;
}

/** A reservation's payments that its workflow does not know of yet. */
export interface Untold {
  reservation: string;
  orders: string[];
  money: Money;
}

/** Oldest first. What is told is told whole, so that one message says all of a reservation's money. */
export async function untoldPayments(db: Knex, limit: number, reservation?: string): Promise<Untold[]> {
  const rows: { reservation_id: string; orders: string[] }[] = await db('payment_order')
    .where({ status: 'paid', told_at: null, ...(reservation && { reservation_id: reservation }) })
    .groupBy('reservation_id')
    .orderByRaw('min(paid_at)')
    .limit(limit)
    .select('reservation_id', db.raw('array_agg(id) as orders'));
  return Promise.all(
    rows.map(async (row) => ({
      reservation: row.reservation_id,
      orders: row.orders,
      money: await moneyOf(db, row.reservation_id),
    })),
  );
}

export async function markTold(db: Knex, { orders }: Untold): Promise<void> {
  await db('payment_order').whereIn('id', orders).update({ told_at: db.fn.now() });
}

const readOrder = (row: {
  id: string;
  reservation_id: string;
  method: PayMethod;
  amount: number;
  status: Order['status'];
  prepay: string | null;
  pay_by: Date;
  paid_at: Date | null;
}): Order => ({
  id: row.id,
  reservation: row.reservation_id,
  method: row.method,
  amount: row.amount,
  status: row.status,
  prepay: row.prepay,
  payBy: row.pay_by,
  paidAt: row.paid_at,
});
