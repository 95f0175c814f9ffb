import type { Knex } from 'knex';

/** Messages to visitors. The intent is a row before anything is sent; every attempt is a row before it is made. */

export const messageKinds = [
  'approved',
  'code',
  'rejected',
  'cancelled',
  'expired',
  'returned',
  'proposed',
  'changed',
  'change_refused',
  'person_ready',
  'pass_opened',
] as const;
export type MessageKind = (typeof messageKinds)[number];
export type MessageChannel = 'wechat' | 'sms';

export interface Message {
  id: string;
  reservation: string;
  visitor: string;
  kind: MessageKind;
  pass: string | null;
  decision: string | null;
  /**
   * `page`: there was no channel, or nothing left to tell; the visitor sees it on the page. `failed`: the same for the
   * visitor, but a channel was tried and none delivered. That is a fault (store/messages/message-fault.ts).
   */
  status: 'pending' | 'sent' | 'failed' | 'page';
  channel: MessageChannel | null;
}

export interface Intent {
  reservation: string;
  visitor: string;
  kind: MessageKind;
  /** Once a key. */
  key: string;
  pass?: string;
  decision?: string;
}

export interface Attempt {
  id: string;
  channel: MessageChannel;
  repeated: boolean;
  startedAt: Date;
  /** Null while it runs, and for ever when the process died in it. */
  outcome: 'accepted' | 'refused' | 'unknown' | null;
}

/** Keeps the intent; the same key again is the same message. */
export async function keepMessage(db: Knex, intent: Intent): Promise<Message> {
  await db('message')
    .insert({
      reservation_id: intent.reservation,
      visitor_id: intent.visitor,
      kind: intent.kind,
      key: intent.key,
      pass_id: intent.pass ?? null,
      decision_id: intent.decision ?? null,
    })
    .onConflict('key')
    .ignore();
  return readMessage(await db('message').where({ key: intent.key }).first());
}

/**
 * Keeps an intent that no workflow hands over: a worker sends it within seconds of the caller's commit
 * (activities/queued-messages.ts). The same key again is the same message.
 */
export async function queueMessage(trx: Knex, intent: Intent): Promise<void> {
  await trx('message')
    .insert({
      reservation_id: intent.reservation,
      visitor_id: intent.visitor,
      kind: intent.kind,
      key: intent.key,
      pass_id: intent.pass ?? null,
      decision_id: intent.decision ?? null,
      queued: true,
    })
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

/** The attempts of one message, oldest first. */
export async function attemptsOf(db: Knex, message: string): Promise<Attempt[]> {
  const rows = await db('message_attempt').where({ message_id: message }).orderBy(['started_at', 'id']);
  return rows.map((row) => ({
    id: row.id,
    channel: row.channel,
    repeated: row.repeated,
    startedAt: row.started_at,
    outcome: row.outcome,
  }));
}

/**
 * Two workers may hand over the same message at the same moment: whoever decided on an older picture begins nothing.
 *
 * @param attempt.known how many attempts of the message, by any channel, the decision was made on
 * @returns the attempt's id; undefined when another one was begun meanwhile
 */
export async function beginAttempt(
  db: Knex,
  attempt: { message: string; known: number; channel: MessageChannel; clientMessageId?: string; repeated: boolean },
): Promise<string | undefined> {
  return db.transaction(async (trx) => {
    await trx('message').where({ id: attempt.message }).forNoKeyUpdate().first('id');
    const begun = await trx('message_attempt').where({ message_id: attempt.message }).pluck('id');
    if (begun.length !== attempt.known) return undefined;
    const [row] = await trx('message_attempt')
      .insert({
        message_id: attempt.message,
        channel: attempt.channel,
        client_msg_id: attempt.clientMessageId ?? null,
        repeated: attempt.repeated,
      })
      .returning('id');
    return row.id;
  });
}

export async function finishAttempt(
  db: Knex,
  id: string,
  end: { outcome: 'accepted' | 'refused' | 'unknown'; fault?: string; providerId?: string },
): Promise<void> {
  await db('message_attempt')
    .where({ id })
    .update({
      outcome: end.outcome,
      fault: end.fault ?? null,
      provider_id: end.providerId ?? null,
      finished_at: db.fn.now(),
    });
}

/**
 * What the provider says became of a message it had accepted. The first receipt counts; another one changes nothing.
 *
 * @returns the message it is about, whether it `failed`, and the event id under which its workflow is then told
 * (signal `messageFailed`); undefined when nothing of ours has that provider id.
 */
export async function recordReceipt(
  db: Knex,
  channel: MessageChannel,
  providerId: string,
  receipt: string,
): Promise<(FailedMessage & { failed: boolean }) | undefined> {
  const row = await db('message_attempt as a')
    .join('message as m', 'm.id', 'a.message_id')
    .where({ 'a.channel': channel, 'a.provider_id': providerId })
    .first('a.id', 'a.message_id', 'm.reservation_id');
  if (!row) return undefined;
  await db('message_attempt').where({ id: row.id }).whereNull('receipt').update({ receipt, receipt_at: db.fn.now() });
  const kept = await db('message_attempt').where({ id: row.id }).first('receipt');
  const failed = kept.receipt !== 'success';
  return { reservation: row.reservation_id, message: row.message_id, event: row.id, failed };
}

/** A message that WeChat took and did not deliver. `event`: the attempt, under which its workflow is told. */
export interface FailedMessage {
  reservation: string;
  message: string;
  event: string;
}

/**
 * Messages that WeChat failed to deliver after their reservation was closed: no workflow is left to be told.
 * @param after in ms, how long a workflow that is just ending is given to hear of it itself
 */
export async function failedAfterClose(db: Knex, after: number): Promise<FailedMessage[]> {
  return failedMessages(db)
    .where('r.stage', 'closed')
    .andWhereRaw(`greatest(a.receipt_at, r.closed_at) < now() - ? * interval '1 millisecond'`, [after]);
}

/**
 * Messages of open reservations that WeChat failed to deliver and nobody has taken up: whoever kept the receipt could
 * not tell the workflow.
 * @param after in ms, how long whoever kept the receipt, and the workflow, are given
 */
export async function failedUnheard(db: Knex, after: number): Promise<FailedMessage[]> {
  return failedMessages(db)
    .whereNot('r.stage', 'closed')
    .andWhereRaw(`a.receipt_at < now() - ? * interval '1 millisecond'`, [after])
    .whereNotExists(db('message_attempt as s').whereRaw(`s.message_id = m.id and s.channel = 'sms'`));
}

function failedMessages(db: Knex): Knex.QueryBuilder {
  return db('message as m')
    .join('reservation as r', 'r.id', 'm.reservation_id')
    .join('message_attempt as a', 'a.message_id', 'm.id')
    .where({ 'm.status': 'sent', 'm.channel': 'wechat', 'a.channel': 'wechat' })
    .whereNotNull('a.receipt')
    .whereNot('a.receipt', 'success')
    .orderBy('a.receipt_at')
    .limit(20)
    .select({ reservation: 'm.reservation_id', message: 'm.id', event: 'a.id' });
}

interface MessageRow {
  id: string;
  reservation_id: string;
  visitor_id: string;
  kind: MessageKind;
  pass_id: string | null;
  decision_id: string | null;
  status: Message['status'];
  channel: MessageChannel | null;
}

function readMessage(row: MessageRow): Message {
  return {
    id: row.id,
    reservation: row.reservation_id,
    visitor: row.visitor_id,
    kind: row.kind,
    pass: row.pass_id,
    decision: row.decision_id,
    status: row.status,
    channel: row.channel,
  };
}
