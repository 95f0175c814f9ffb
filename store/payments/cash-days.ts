import type { Knex } from 'knex';

/** Cash by day and person, so that an office can count what each hands in. */
export interface CashDay {
  /** YYYY-MM-DD in Shanghai. */
  day: string;
  /** Who took it or paid it out; null: nobody is named. */
  by: string | null;
  payments: number;
  /** Fen. */
  taken: number;
  paidOut: number;
}

/** Newest first; of the last `days` days. What could not go back at the provider and was paid out by hand counts as well. */
export async function cashDays(db: Knex, days: number): Promise<CashDay[]> {
  const { rows } = await db.raw<{
    rows: { day: string; name: string | null; payments: number; taken: number; paid_out: number }[];
  }>(
    `select to_char(c.at at time zone 'Asia/Shanghai', 'YYYY-MM-DD') as day, s.name, count(c.taken)::int as payments,
        coalesce(sum(c.taken), 0)::int as taken, coalesce(sum(c.back), 0)::int as paid_out
      from (
        select paid_at as at, taken_by as staff, amount as taken, null::int as back
          from payment_order where status = 'paid' and method = 'cash' and paid_at > now() - make_interval(days => :days)
        union all
        select done_at, settled_by, null, amount
          from payment_refund where status in ('counter', 'abnormal') and done_at > now() - make_interval(days => :days)
      ) c left join staff s on s.id = c.staff
      group by 1, c.staff, s.name order by 1 desc, s.name`,
    { days },
  );
  return rows.map(({ name, paid_out: paidOut, ...row }) => ({ ...row, by: name, paidOut }));
}
