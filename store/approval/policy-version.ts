import type { Knex } from 'knex';
import { isAhead } from '../reservations/behind.ts';

/** Whether a visit is being moved to another version of its policy: what its tasks sign is not settled until its rows show it. */
export async function isMoving(db: Knex, reservation: string): Promise<boolean> {
  const moving = await db('request as q')
    .join('reservation as r', 'r.id', 'q.reservation_id')
    .where({ 'q.reservation_id': reservation, 'q.kind': 'move_policy' })
    .whereRaw(`(q.status = 'pending' or ${isAhead})`)
    .first('q.id');
  return moving !== undefined;
}
