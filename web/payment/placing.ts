import type { Offer } from '../../delivery/orders.ts';
import { lockAccount } from '../../store/payments/account.ts';
import { type Due, dueOf } from '../../store/payments/due.ts';
import { type Order, openOrder, ordersOf } from '../../store/payments/order.ts';
import type { WebDeps } from '../deps.ts';
import type { Submitted } from '../reservations/own.ts';
import type { OwnMethod } from './methods.ts';

type Placed = { end: 'placed'; order: string } | { end: 'nothing_due' } | { end: 'not_now' };

/**
 * An order for what is due, with the provider's word of where it is paid. Two taps are one order. What the visitor began another
 * way, or for another amount, is closed first.
 */
export async function placeOrder(
  deps: WebDeps,
  reservation: Submitted,
  { method, ...offer }: { method: OwnMethod } & Offer,
): Promise<Placed> {
  const { db, orders } = deps;
  const before = await dueOf(db, reservation);
  if (!before) return { end: 'nothing_due' };
  const fits = fitting(method, before);
  for (const other of await openOrders(deps, reservation.id)) {
    if (!fits(other) && !(await orders.close(other))) return { end: 'not_now' };
  }
  const found = await db.transaction(async (trx) => {
    await lockAccount(trx, reservation.id);
    const due = await dueOf(trx, reservation);
    if (!due) return undefined;
    const standing = (await ordersOf(trx, reservation.id)).find(fitting(method, due));
    return { order: standing ?? (await openOrder(trx, { reservation: reservation.id, method, ...due })), standing };
  });
  if (!found) return { end: 'nothing_due' };
  const { order, standing } = found;
  const offered = await orders.offer(order, offer);
  if (offered.ok) return { end: 'placed', order: order.id };
  // The provider took its first try, whose answer was lost, and the payer's language or network is another one now: it
  // refuses the number with other words, so that another order is needed.
  const isSpent = standing !== undefined && !offered.retry && (await orders.close(order));
  return isSpent ? placeOrder(deps, reservation, { method, ...offer }) : { end: 'not_now' };
}

const fitting =
  (method: OwnMethod, { amount, payBy }: Due) =>
  (order: Order): boolean =>
    order.status === 'open' &&
    order.method === method &&
    order.amount === amount &&
    order.payBy.getTime() === payBy.getTime();

const openOrders = async ({ db }: WebDeps, reservation: string): Promise<Order[]> =>
  (await ordersOf(db, reservation)).filter(({ status }) => status === 'open');
