import type { Knex } from 'knex';
import type { BlindIndex } from '../../platform/crypto.ts';

/**
 * Somebody began or ceased to follow the official account. WeChat repeats events and may bring them late: only what is
 * newer than the last word changes anything. Somebody we do not know leaves no trace.
 */
export async function recordFollowing(
  db: Knex,
  index: BlindIndex,
  { openid, follows, at }: { openid: string; follows: boolean; at: Date },
): Promise<void> {
  await db('visitor')
    .whereIn('openid_hash', index.every('openid', openid))
    .andWhere((older) => older.whereNull('wechat_event_at').orWhere('wechat_event_at', '<', at))
    .update({ wechat_event_at: at, wechat_left_at: follows ? null : at });
}
