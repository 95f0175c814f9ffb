import type { Knex } from 'knex';

/** Who opened a pass with its visit code, on a phone where its holder is not signed in: a link that was passed on. */

export interface PassOpening {
  id: string;
  /** Somebody was signed in, with another account. */
  otherAccount: boolean;
  at: Date;
}

/** @returns its id */
export async function keepOpening(
  trx: Knex,
  opening: { pass: string; reservation: string; visitor: string | null },
): Promise<string> {
  const [row] = await trx('pass_opening')
    .insert({ pass_id: opening.pass, reservation_id: opening.reservation, visitor_id: opening.visitor })
    .returning('id');
  return row.id;
}

/** The newest openings, newest first. */
export async function openingsOf(db: Knex, pass: string, limit: number): Promise<PassOpening[]> {
  const rows = await db('pass_opening').where({ pass_id: pass }).orderBy('opened_at', 'desc').limit(limit);
  return rows.map((row) => ({ id: row.id, otherAccount: row.visitor_id !== null, at: row.opened_at }));
}

export async function openingsToday(db: Knex, pass: string): Promise<number> {
  const row = await db('pass_opening')
    .where({ pass_id: pass })
    .whereRaw("opened_at > now() - interval '1 day'")
    .count<{ count: string | number }[]>('* as count')
    .first();
  return Number(row?.count ?? 0);
}
