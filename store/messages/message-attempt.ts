import type { Knex } from 'knex';
import type { FailedMessage } from './failed-message.ts';
import type { MessageChannel } from './message.ts';

/** How a message was handed over: every attempt is a row before it is made, and so is what the provider says of it. */

export interface Attempt {
  id: string;
  message: string;
  channel: MessageChannel;
  repeated: boolean;
  startedAt: Date;
  finishedAt: Date | null;
  /** Null while it runs, and for ever when the process died in it. */
  outcome: 'accepted' | 'refused' | 'unknown' | null;
  /** A stable word for why the provider did not take it. */
  fault: string | null;
  /** What the provider says became of what it took. */
  receipt: string | null;
  receiptAt: Date | null;
}

/** The attempts of these messages, oldest first. */
export async function attemptsOf(db: Knex, messages: string[]): Promise<Attempt[]> {
  const rows = await db('message_attempt').whereIn('message_id', messages).orderBy(['started_at', 'id']);
  return rows.map((row) => ({
    id: row.id,
    message: row.message_id,
    channel: row.channel,
    repeated: row.repeated,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    outcome: row.outcome,
    fault: row.fault,
    receipt: row.receipt,
    receiptAt: row.receipt_at,
  }));
}

/**
 * Two workers may hand over the same message at the same moment: the one that decided by older rows begins nothing.
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

export async function finishAttempt(db: Knex, id: string, end: AttemptEnd): Promise<void> {
  await db('message_attempt').where({ id }).update(endColumns(db, end));
}

/** How handing a message to a provider ended. */
export interface AttemptEnd {
  outcome: 'accepted' | 'refused' | 'unknown';
  fault?: string;
  providerId?: string;
}

export const endColumns = (db: Knex, { outcome, fault, providerId }: AttemptEnd) => ({
  outcome,
  fault: fault ?? null,
  provider_id: providerId ?? null,
  finished_at: db.fn.now(),
});

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

/**
 * What the provider says became of a text. One that did not arrive leaves its message undelivered, and no channel is left:
 * the office sees it (store/messages/message-fault.ts). The first receipt counts; another one changes nothing.
 *
 * @returns `early`: its text may be one whose number at the provider is being written down this moment
 */
export async function recordSmsReceipt(
  db: Knex,
  serial: string,
  receipt: string,
): Promise<(FailedMessage & { failed: boolean }) | 'early' | undefined> {
  const recorded = await recordReceipt(db, 'sms', serial, receipt);
  if (!recorded) return (await isHandingOver(db)) ? 'early' : undefined;
  if (recorded.failed) {
    await db('message')
      .where({ id: recorded.message, status: 'sent', channel: 'sms' })
      .update({ status: 'failed', channel: null, closed_at: db.fn.now() });
  }
  return recorded;
}

/** Some text has been given to the provider, and what it answered is not written down yet. */
async function isHandingOver(db: Knex): Promise<boolean> {
  const open = await db('message_attempt')
    .where({ channel: 'sms' })
    .whereNull('finished_at')
    .whereRaw(`started_at > now() - interval '1 minute'`)
    .first('id');
  return open !== undefined;
}
