import type { Knex } from 'knex';
import type { Reservation } from '../reservations/reservation.ts';

/**
 * How often those who have to sign were reminded so far, by the visitor and by the clock, and the rung of the ladder on which
 * a reservation's slowest open task stands.
 */
export async function remindersOf(
  db: Knex,
  { id, nudges }: Pick<Reservation, 'id' | 'nudges'>,
): Promise<{ times: number; rung: number }> {
  const [row] = await db('task').where({ reservation_id: id, status: 'open' }).max({ rung: 'rung' });
  const rung = Number(row?.rung ?? 0);
  return { times: nudges + (await clockReminders(db, id)), rung };
}

/** The lines that the clock wrote since the round began. */
async function clockReminders(db: Knex, reservation: string): Promise<number> {
  const [row] = await db('timeline as l')
    .where({ 'l.reservation_id': reservation })
    .whereIn('l.kind', ['reminded', 'reminded_again'])
    .whereRaw(
      `l.at >= (select min(t.opened_at) from task t where t.reservation_id = l.reservation_id and t.status = 'open')`,
    )
    .count('* as count');
  return Number(row?.count ?? 0);
}
