import type { Knex } from 'knex';
import type { MessengerName } from '../../domain/messengers.ts';
import { type AttemptEnd, endColumns } from './message-attempt.ts';
import { markAddress, markWechat } from './staff-contact.ts';

/** A letter is one try to hand over one or several messages to a member of staff by one channel. It is a row before it is made. */

export type StaffChannel = 'mail' | 'wechat' | MessengerName;

export interface StaffLetter {
  id: string;
  channel: StaffChannel;
  startedAt: Date;
  outcome: 'accepted' | 'refused' | 'unknown' | null;
  fault: string | null;
}

/** The tries for each of these messages, oldest first. */
export async function lettersOf(db: Knex, messages: string[]): Promise<Map<string, StaffLetter[]>> {
  const rows = await db('staff_letter as l')
    .join('staff_letter_message as m', 'm.letter_id', 'l.id')
    .whereIn('m.message_id', messages)
    .orderBy(['l.started_at', 'l.id'])
    .select('m.message_id', 'l.id', 'l.channel', 'l.started_at', 'l.outcome', 'l.fault');
  const letters = Map.groupBy(rows, (row) => row.message_id as string);
  return new Map(
    [...letters].map(([message, its]) => [
      message,
      its.map(({ id, channel, started_at: startedAt, outcome, fault }) => ({ id, channel, startedAt, outcome, fault })),
    ]),
  );
}

/** Of tries that reached nobody the last is enough: there may be one a minute for as long as a server is away. */
export async function beginLetter(
  db: Knex,
  { staff, channel, messages }: { staff: string; channel: StaffChannel; messages: string[] },
): Promise<string> {
  return db.transaction(async (trx) => {
    const earlier = trx('staff_letter_message').whereIn('message_id', messages).select('letter_id');
    await trx('staff_letter').where({ channel, fault: 'unreachable' }).whereIn('id', earlier).delete();
    const [row] = await trx('staff_letter').insert({ staff_id: staff, channel }).returning('id');
    await trx('staff_letter_message').insert(messages.map((message) => ({ letter_id: row.id, message_id: message })));
    return row.id as string;
  });
}

export async function finishLetter(db: Knex, id: string, end: AttemptEnd & { code?: string }): Promise<void> {
  await db('staff_letter')
    .where({ id })
    .update({ ...endColumns(db, end), code: end.code ?? null });
}

/**
 * A mail that was taken came back. The address is left alone from now on, and what no other channel brought is failed.
 * The first report counts. It may be here before the server's own word that it took the mail: so the letter is found by its
 * id, which its Message-ID begins with, and a message that is not closed yet fails as well.
 * @param messageId such as `<uuid@campus.example>`
 * @returns false when no mail of ours has this id
 */
export async function recordBounce(db: Knex, messageId: string, receipt: string): Promise<boolean> {
  const id = /^<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@/.exec(messageId)?.[1];
  return db.transaction(async (trx) => {
    const letter = id && (await trx('staff_letter').where({ channel: 'mail', id }).first());
    if (!letter) return false;
    const first = await trx('staff_letter')
      .where({ id: letter.id })
      .whereNull('receipt')
      .update({ receipt, receipt_at: trx.fn.now() });
    if (first === 0) return true;
    await markAddress(trx, letter.staff_id, { fault: 'bounced', writtenAt: letter.started_at });
    await failWhatNothingBrought(trx, letter.id);
    return true;
  });
}

/**
 * What WeChat says of a message that it took, `success` or not: what no other channel brought is failed. The first receipt
 * counts.
 * @returns false when no letter of ours has this id
 */
export async function recordWechatReceipt(db: Knex, messageId: string, receipt: string): Promise<boolean> {
  return db.transaction(async (trx) => {
    const letter = await trx('staff_letter').where({ channel: 'wechat', provider_id: messageId }).first();
    if (!letter) return false;
    const first = await trx('staff_letter')
      .where({ id: letter.id })
      .whereNull('receipt')
      .update({ receipt, receipt_at: trx.fn.now() });
    if (first === 0 || receipt === arrived) return true;
    if (receipt === refusedByPerson) {
      await markWechat(trx, letter.staff_id, { fault: 'blocked', writtenAt: letter.started_at });
    }
    await failWhatNothingBrought(trx, letter.id);
    return true;
  });
}

const arrived = 'success';
/** Follows the account, and takes none of its messages. */
const refusedByPerson = 'user_block';

/** Messages of a letter that did not arrive, unless another letter brought them. */
async function failWhatNothingBrought(trx: Knex, letter: string): Promise<void> {
  await trx.raw(
    `update staff_message m set status = 'failed', closed_at = now()
      where m.status in ('sent', 'pending') and exists (select from staff_letter_message b where b.message_id = m.id and b.letter_id = ?)
        and not exists (select from staff_letter_message o join staff_letter l on l.id = o.letter_id
                         where o.message_id = m.id and l.outcome = 'accepted' and (l.receipt is null or l.receipt = ?))`,
    [letter, arrived],
  );
}
