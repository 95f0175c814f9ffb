import type { Transaction } from '../../platform/db.ts';

/**
 * Deletes phone and WeChat identity of a draft's visitor who never agreed to the notice and has nothing else here.
 * What stays is a row without a person behind it. Call it when the draft is closed.
 *
 * @returns the visitor that was forgotten; undefined when there was nothing to forget, also the second time.
 */
export async function forgetIfNeverAgreed(trx: Transaction, reservation: string): Promise<string | undefined> {
  const draft = await trx('reservation').where({ id: reservation, outcome: 'abandoned' }).first('visitor_id');
  if (!draft) return undefined;
  const visitor: string = draft.visitor_id;
  await trx('visitor').where({ id: visitor }).forNoKeyUpdate().first('id');
  const forgotten = await trx('visitor')
    .where({ id: visitor })
    .andWhere((known) => known.whereNotNull('phone_enc').orWhereNotNull('openid_enc'))
    .whereNotExists(trx('consent').where({ visitor_id: visitor, purpose: 'personal_information' }))
    .whereNotExists(trx('reservation').where({ visitor_id: visitor }).whereNot('stage', 'closed'))
    .update({ phone_enc: null, phone_hash: null, openid_enc: null, openid_hash: null });
  if (forgotten === 0) return undefined;
  await trx('visitor_session').whereRaw(`sess->>'visitor' = ?`, [visitor]).delete();
  return visitor;
}
