import type { Knex } from 'knex';
import type { Transaction } from '../../platform/db.ts';

/** A day of the provider's bill beside our own rows. */

export interface ComparedDay {
  /** YYYY-MM-DD in Shanghai. */
  day: string;
  comparedAt: Date;
  /** Fen, by the provider's bill. */
  paid: number;
  refunded: number;
  lines: number;
}

/** Newest first. */
export async function comparedDays(db: Knex, limit: number): Promise<ComparedDay[]> {
  const rows = await db('payment_bill')
    .orderBy('payment_bill.day', 'desc')
    .limit(limit)
    .select('*', db.raw(`to_char(day, 'YYYY-MM-DD') as day`));
  return rows.map(({ day, compared_at: comparedAt, paid, refunded, lines }) => ({
    day,
    comparedAt,
    paid,
    refunded,
    lines,
  }));
}

export async function keepComparedDay(
  db: Knex,
  { day, paid, refunded, lines }: Omit<ComparedDay, 'comparedAt'>,
): Promise<void> {
  await db('payment_bill').insert({ day, paid, refunded, lines, compared_at: db.fn.now() }).onConflict('day').merge();
}

/** The oldest day from the first payment to yesterday that was not compared yet; undefined: all were, or nothing was ever paid. */
export async function nextDayToCompare(db: Knex, yesterday: string): Promise<string | undefined> {
  const { rows } = await db.raw<{ rows: { day: string }[] }>(
    `select to_char(d, 'YYYY-MM-DD') as day
      from (select min(paid_at at time zone 'Asia/Shanghai')::date as day
        from payment_order where status = 'paid' and method <> 'cash') first
      cross join generate_series(greatest(first.day, :yesterday::date - 89), :yesterday::date, interval '1 day') d
      where first.day is not null and not exists (select from payment_bill b where b.day = d::date)
      order by d limit 1`,
    { yesterday },
  );
  return rows[0]?.day;
}

/** One line of the provider's bill, as far as it is compared. */
export interface Billed {
  kind: 'paid' | 'refund';
  /** Of the order, or of the refund. */
  id: string;
  amount: number;
}

/** Notes which of our rows the bill of a day has. @returns the amount of each of our rows, by id */
export async function markBilled(
  trx: Transaction,
  day: string,
  billed: readonly Billed[],
): Promise<Map<string, number>> {
  const ours = new Map<string, number>();
  for (const [kind, table] of [
    ['paid', 'payment_order'],
    ['refund', 'payment_refund'],
  ] as const) {
    const ids = billed.filter((line) => line.kind === kind).map(({ id }) => id);
    const rows = await trx(table)
      .whereIn('id', ids)
      .modify((query) => (kind === 'paid' ? query.where({ status: 'paid' }) : query))
      .update({ billed_on: day })
      .returning(['id', 'amount']);
    for (const { id, amount } of rows) ours.set(id, amount);
  }
  return ours;
}

/**
 * What no bill has that should: payments until the end of the day, and refunds that were done before it, since a bill has them on the
 * day on which they were asked for.
 */
export async function unbilledUntil(trx: Transaction, day: string): Promise<{ id: string; amount: number }[]> {
  const before = (column: string, bound: string) =>
    trx.raw(`(${column} at time zone 'Asia/Shanghai')::date ${bound} ?::date`, [day]);
  const payments = await trx('payment_order')
    .where({ status: 'paid', billed_on: null })
    .whereNot('method', 'cash')
    .where(before('paid_at', '<='))
    .select('id', 'amount');
  const refunds = await trx('payment_refund')
    .where({ status: 'done', billed_on: null })
    .where(before('done_at', '<'))
    .select('id', 'amount');
  return [...payments, ...refunds];
}
