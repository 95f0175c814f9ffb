import type { Knex } from 'knex';

/** Messages that a provider took and did not deliver. */

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
 * Messages of open reservations that WeChat failed to deliver and nobody has taken up: the process that kept the receipt
 * could not tell the workflow.
 * @param after in ms, how long the process that kept the receipt, and the workflow, are given
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
