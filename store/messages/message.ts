import type { Knex } from 'knex';
import type { MessageKind } from '../../domain/message-kinds.ts';

/** Messages to visitors. The intent is a row before anything is sent; every attempt is a row before it is made. */

export type MessageChannel = 'wechat' | 'sms';

export interface Message {
  id: string;
  reservation: string;
  visitor: string;
  kind: MessageKind;
  pass: string | null;
  decision: string | null;
  /** The request whose refusal it tells of. */
  request: string | null;
  /**
   * `page`: there was no channel, or nothing left to tell; the visitor sees it on the page. `failed`: the same for the
   * visitor, but a channel was tried and none delivered. That is a fault (store/messages/message-fault.ts).
   */
  status: 'pending' | 'sent' | 'failed' | 'page';
  channel: MessageChannel | null;
  createdAt: Date;
  /** When it was handed over, or the last channel gave up. */
  closedAt: Date | null;
}

export interface Intent {
  reservation: string;
  visitor: string;
  kind: MessageKind;
  /** Once a key. */
  key: string;
  pass?: string;
  decision?: string;
  request?: string;
}

const rowOf = (intent: Intent) => ({
  reservation_id: intent.reservation,
  visitor_id: intent.visitor,
  kind: intent.kind,
  key: intent.key,
  pass_id: intent.pass ?? null,
  decision_id: intent.decision ?? null,
  request_id: intent.request ?? null,
});

/** Keeps the intent; the same key again is the same message. */
export async function keepMessage(db: Knex, intent: Intent): Promise<Message> {
  await db('message').insert(rowOf(intent)).onConflict('key').ignore();
  return readMessage(await db('message').where({ key: intent.key }).first());
}

/**
 * Keeps an intent that no workflow hands over: a worker sends it within seconds of the caller's commit
 * (activities/queued-messages.ts). The same key again is the same message.
 * @param delay until it is sent at the earliest, in ms
 */
export async function queueMessage(trx: Knex, intent: Intent, delay = 0): Promise<void> {
  const next_try_at = trx.raw(`now() + ? * interval '1 millisecond'`, [delay]);
  await trx('message')
    .insert({ ...rowOf(intent), queued: true, next_try_at })
    .onConflict('key')
    .ignore();
}

/**
 * Takes queued messages whose time has come, and puts the next try further away before the first is made: two workers
 * never hold the same one, and a crash only delays it.
 * @param pause in ms, until a message that could not be handed over is tried again
 */
export async function claimQueued(
  db: Knex,
  limit: number,
  pause: number,
): Promise<{ reservation: string; message: string }[]> {
  const { rows } = await db.raw<{ rows: { reservation: string; message: string }[] }>(
    `update message set next_try_at = now() + ? * interval '1 millisecond'
      where id in (
        select id from message where queued and status = 'pending' and next_try_at <= now()
        order by next_try_at limit ? for update skip locked)
      returning reservation_id as reservation, id as message`,
    [pause, limit],
  );
  return rows;
}

/** The refusals of these requests were seen on a page: no message need tell of them any more. */
export async function dropRefusalMessages(db: Knex, requests: string[]): Promise<void> {
  if (requests.length === 0) return;
  await db('message')
    .whereIn('request_id', requests)
    .where({ status: 'pending' })
    .update({ status: 'page', closed_at: db.fn.now() });
}

export async function findMessage(db: Knex, reservation: string, id: string): Promise<Message | undefined> {
  const row = await db('message').where({ id, reservation_id: reservation }).first();
  return row && readMessage(row);
}

export async function closeMessage(
  db: Knex,
  id: string,
  end: { status: 'sent'; channel: MessageChannel } | { status: 'page' | 'failed' },
): Promise<void> {
  await db('message')
    .where({ id })
    .update({ status: end.status, channel: 'channel' in end ? end.channel : null, closed_at: db.fn.now() });
}

export interface MessageRow {
  id: string;
  reservation_id: string;
  visitor_id: string;
  kind: MessageKind;
  pass_id: string | null;
  decision_id: string | null;
  request_id: string | null;
  status: Message['status'];
  channel: MessageChannel | null;
  created_at: Date;
  closed_at: Date | null;
}

export function readMessage(row: MessageRow): Message {
  return {
    id: row.id,
    reservation: row.reservation_id,
    visitor: row.visitor_id,
    kind: row.kind,
    pass: row.pass_id,
    decision: row.decision_id,
    request: row.request_id,
    status: row.status,
    channel: row.channel,
    createdAt: row.created_at,
    closedAt: row.closed_at,
  };
}
