import type { Knex } from 'knex';
import { type Message, type MessageRow, readMessage } from './message.ts';
import { type Attempt, attemptsOf } from './message-attempt.ts';

/** Messages with every attempt at them, for people who look back. */

export interface TriedMessage extends Message {
  /** Oldest first. */
  attempts: Attempt[];
}

/** Of a reservation, or to a visitor; oldest first. */
export async function messagesOf(db: Knex, of: { reservation: string } | { visitor: string }): Promise<TriedMessage[]> {
  const about = 'reservation' in of ? { reservation_id: of.reservation } : { visitor_id: of.visitor };
  return withAttempts(db, await db('message').where(about).orderBy('created_at'));
}

export async function withAttempts(db: Knex, rows: MessageRow[]): Promise<TriedMessage[]> {
  const attempts = await attemptsOf(
    db,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => ({
    ...readMessage(row),
    attempts: attempts.filter(({ message }) => message === row.id),
  }));
}
