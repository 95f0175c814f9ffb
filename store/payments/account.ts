import type { Knex } from 'knex';
import { keptOf, type Money, type PayMethod, type RefundReason, surplusOf } from '../../domain/fee.ts';
import type { Transaction } from '../../platform/db.ts';
import { feeOfSubmission } from './fee.ts';

/** A reservation's money: what was paid, what went back, and the one rule that what is beyond what is owed goes back. */

interface Paid {
  order: string;
  method: PayMethod;
  amount: number;
  refunded: number;
  refunds: number;
}

/** What is paid and paid back of a reservation comes one after the other. */
export async function lockAccount(trx: Transaction, reservation: string): Promise<{ owed: number | null }> {
  await trx('payment_account').insert({ reservation_id: reservation }).onConflict('reservation_id').ignore();
  return trx('payment_account').where({ reservation_id: reservation }).forUpdate().first('owed');
}

export async function moneyOf(db: Knex, reservation: string): Promise<Money> {
  return summed(await paidOf(db, reservation));
}

const summed = (paid: readonly Paid[]): Money => ({
  kept: keptOf(paid),
  movements: paid.reduce((count, { refunds }) => count + 1 + refunds, 0),
});

/** Oldest first. */
async function paidOf(db: Knex, reservation: string): Promise<Paid[]> {
  const rows = await db('payment_order as o')
    .leftJoin('payment_refund as f', 'f.order_id', 'o.id')
    .where({ 'o.reservation_id': reservation, 'o.status': 'paid' })
    .groupBy('o.id')
    .orderBy(['o.paid_at', 'o.id'])
    .select(
      'o.id',
      'o.method',
      'o.amount',
      db.raw('coalesce(sum(f.amount), 0)::int as refunded, count(f.id)::int as refunds'),
    );
  return rows.map((row) => ({
    order: row.id,
    method: row.method,
    amount: row.amount,
    refunded: row.refunded,
    refunds: row.refunds,
  }));
}

/** Gives back what is beyond `owed`: rows that a worker hands to the provider, or that wait at the counter. */
export async function giveBack(
  trx: Transaction,
  reservation: string,
  { owed, reason }: { owed: number; reason: RefundReason },
): Promise<Money> {
  const paid = await paidOf(trx, reservation);
  const back = surplusOf(owed, paid);
  if (back.length === 0) return summed(paid);
  await trx('payment_refund').insert(
    back.map(({ order, amount }) => {
      const atCounter = paid.find((one) => one.order === order)?.method === 'cash';
      return {
        order_id: order,
        amount,
        reason,
        status: atCounter ? 'counter' : 'wanted',
        next_try_at: atCounter ? null : trx.fn.now(),
      };
    }),
  );
  return moneyOf(trx, reservation);
}

/** The reservation is over: this much is owed for good, and what is paid from now on goes back. */
export async function endAccount(trx: Transaction, reservation: string, owed: number): Promise<void> {
  await lockAccount(trx, reservation);
  await trx('payment_account').where({ reservation_id: reservation, owed: null }).update({ owed });
}

/**
 * What is owed where no workflow says it any more: of a visit that is over, what it was ended with, or what its standing submission
 * costs. Undefined: the visit is open, and its workflow settles.
 */
export async function owedOnceClosed(trx: Transaction, reservation: string): Promise<number | undefined> {
  const { owed } = await lockAccount(trx, reservation);
  if (owed !== null) return owed;
  const row = await trx('reservation').where({ id: reservation }).first('stage', 'submission_id');
  if (!row) return 0;
  if (row.stage !== 'closed') return undefined;
  return row.submission_id === null ? 0 : feeOfSubmission(trx, row.submission_id);
}
