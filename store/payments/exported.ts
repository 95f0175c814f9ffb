import type { Knex } from 'knex';

/** What an account paid for its visits and got back, for its owner's copy. Amounts in fen. */
export async function paymentsOf(db: Knex, visitor: string) {
  const orders = await db('payment_order as o')
    .join('reservation as r', 'r.id', 'o.reservation_id')
    .where({ 'r.visitor_id': visitor, 'o.status': 'paid' })
    .orderBy('o.paid_at')
    .select('o.id', 'o.reservation_id as visit', 'o.method', 'o.amount', 'o.paid_at as paidAt', 'o.transaction');
  const refunds = await db('payment_refund')
    .whereIn(
      'order_id',
      orders.map(({ id }) => id),
    )
    .orderBy('wanted_at')
    .select('order_id as order', 'amount', 'reason', 'status', 'wanted_at as askedAt', 'done_at as doneAt');
  return orders.map(({ id, ...paid }) => ({
    order: id,
    ...paid,
    refunds: refunds.filter(({ order }) => order === id).map(({ order: _, ...refund }) => refund),
  }));
}
