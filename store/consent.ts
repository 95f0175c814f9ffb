import type { Knex } from 'knex';
import type { Notice } from './content.ts';

/** Evidence of agreements: who, to which text (its hash), for what, when, by which channel. Insert only. */

export type ConsentPurpose = 'terms' | 'personal_information';
export type ConsentChannel = 'browser' | 'wechat';

/** The same agreement again adds nothing. */
export async function giveConsent(
  trx: Knex,
  agreed: { visitor: string; notice: Notice; purpose: ConsentPurpose; channel: ConsentChannel },
): Promise<void> {
  await trx('consent')
    .insert({
      visitor_id: agreed.visitor,
      notice_id: agreed.notice.id,
      purpose: agreed.purpose,
      text_hash: agreed.notice.textHash,
      channel: agreed.channel,
    })
    .onConflict(['visitor_id', 'notice_id', 'purpose'])
    .ignore();
}
