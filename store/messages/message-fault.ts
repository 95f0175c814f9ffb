import type { Knex } from 'knex';
import { sawPassSince } from '../passes/pass-in-hand.ts';
import { type TriedMessage, withAttempts } from './message-history.ts';

/** Messages that a channel was tried for and none delivered: their recipients may not know. */

/**
 * Condition on `message m`. It ends by itself: when the same visitor was reached with something later about the same
 * reservation, or saw the pass since – and, a day after it failed at the earliest, when the visit is over. What failed
 * more than seven days ago helps nobody any more.
 */
export const isUndelivered = `m.status = 'failed'
  and m.closed_at > now() - interval '7 days'
  and (m.closed_at > now() - interval '1 day'
       or exists (select from reservation r where r.id = m.reservation_id and r.visit_until > now()))
  and not exists (select from message l where l.reservation_id = m.reservation_id and l.visitor_id = m.visitor_id
                    and l.status = 'sent' and l.closed_at > m.closed_at)
  and not ${sawPassSince({ reservation: 'm.reservation_id', visitor: 'm.visitor_id', since: 'm.closed_at' })}`;

/** Newest first. */
export async function undeliveredMessages(db: Knex, limit: number): Promise<TriedMessage[]> {
  const rows = await db('message as m')
    .whereRaw(isUndelivered)
    .orderBy('m.created_at', 'desc')
    .limit(limit)
    .select('m.*');
  return withAttempts(db, rows);
}
