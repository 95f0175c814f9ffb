import type { Knex } from 'knex';

/** Names of the fields that were marked when a reservation was sent back the last time; none: nothing was. */
export async function lastMarks(db: Knex, reservation: string): Promise<string[]> {
  const row = await db('decision as d')
    .join('request as q', 'q.id', 'd.request_id')
    .where({ 'd.reservation_id': reservation, 'd.verdict': 'returned' })
    .whereNot('q.status', 'refused')
    .orderBy('d.created_at', 'desc')
    .first('d.marked_fields');
  return row?.marked_fields ?? [];
}
