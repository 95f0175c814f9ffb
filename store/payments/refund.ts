import type { Knex } from 'knex';
import type { RefundReason } from '../../domain/fee.ts';
import { recordPayFault } from './fault.ts';

/** Money on its way back: rows before anything is asked of the provider, with the same number at every try. */

export interface Refund {
  id: string;
  order: string;
  reservation: string;
  /** Fen: what goes back, and what the order was. */
  amount: number;
  total: number;
  reason: RefundReason;
  status: 'wanted' | 'processing' | 'done' | 'abnormal' | 'counter';
  wantedAt: Date;
  doneAt: Date | null;
  tries: number;
}

const firstPauseSeconds = 10;
const longestPauseSeconds = 3_600;

/** Those to be handed to the provider, or asked of, for the one worker that asks first. */
export async function refundsToSend(db: Knex, limit: number): Promise<Refund[]> {
  return db.transaction(async (trx) => {
    const rows = await refunds(trx)
      .where('f.next_try_at', '<=', trx.fn.now())
      .orderBy('f.next_try_at')
      .limit(limit)
      .forUpdate('f')
      .skipLocked();
    for (const { id, tries } of rows) {
      const pause = Math.min(firstPauseSeconds * 2 ** tries, longestPauseSeconds);
      await trx('payment_refund')
        .where({ id })
        .update({ tries: tries + 1, next_try_at: trx.raw(`now() + interval '${pause} seconds'`) });
    }
    return rows.map(readRefund);
  });
}

/**
 * What the provider says of it. Where it cannot be done, an office has to. What an office has paid out stays as it is: where the
 * provider gave it back as well, somebody has to know.
 */
export async function markRefund(
  db: Knex,
  id: string,
  status: 'processing' | 'done' | 'abnormal',
  at = new Date(),
): Promise<void> {
  const changed = await db('payment_refund')
    .where({ id, done_at: null })
    .whereNot({ status: 'counter' })
    .update({
      status,
      ...(status !== 'processing' && { next_try_at: null }),
      ...(status === 'done' && { done_at: at }),
    });
  if (changed > 0 || status !== 'done') return;
  const byHand = await db('payment_refund').where({ id }).whereNotNull('settled_by').first('amount');
  if (!byHand) return;
  const { amount } = byHand;
  await recordPayFault(db, { kind: 'paid_out_twice', subject: id, ours: amount, theirs: amount });
}

export async function refundsOf(db: Knex, reservation: string): Promise<Refund[]> {
  return (await refunds(db).where({ 'o.reservation_id': reservation }).orderBy(['f.wanted_at', 'f.id'])).map(
    readRefund,
  );
}

/** SQL over `payment_refund`: it should be back by now. Within an hour the provider takes one, within days a bank books it. */
const isLate = `((status = 'wanted' and wanted_at < now() - interval '1 hour')
  or (status = 'processing' and wanted_at < now() - interval '5 days'))`;

/** SQL: how many. */
export const lateRefundCount = `(select count(*) from payment_refund where ${isLate})`;

export async function lateRefunds(db: Knex): Promise<{ count: number; since: Date | null }> {
  const [row] = await db('payment_refund')
    .whereRaw(isLate)
    .select(db.raw('count(*)::int as count, min(wanted_at) as since'));
  return row;
}

/** What a person of the office has to pay out: cash, and what the provider could not. Oldest first. */
export async function refundsAtCounter(db: Knex, limit: number): Promise<Refund[]> {
  const waiting = refunds(db).whereIn('f.status', ['abnormal', 'counter']).where({ 'f.done_at': null });
  return (await waiting.orderBy(['f.wanted_at', 'f.id']).limit(limit)).map(readRefund);
}

/** @returns false where it was paid out already */
export async function payOut(db: Knex, { refund, by }: { refund: string; by: string }): Promise<boolean> {
  const changed = await db('payment_refund')
    .where({ id: refund, done_at: null })
    .whereIn('status', ['abnormal', 'counter'])
    .update({ done_at: db.fn.now(), settled_by: by });
  return changed === 1;
}

const refunds = (db: Knex) =>
  db('payment_refund as f')
    .join('payment_order as o', 'o.id', 'f.order_id')
    .select('f.*', 'o.reservation_id', 'o.amount as total');

const readRefund = (row: {
  id: string;
  order_id: string;
  reservation_id: string;
  amount: number;
  total: number;
  reason: RefundReason;
  status: Refund['status'];
  wanted_at: Date;
  done_at: Date | null;
  tries: number;
}): Refund => ({
  id: row.id,
  order: row.order_id,
  reservation: row.reservation_id,
  amount: row.amount,
  total: row.total,
  reason: row.reason,
  status: row.status,
  wantedAt: row.wanted_at,
  doneAt: row.done_at,
  tries: row.tries,
});
