import type { BlindIndex } from '../../platform/crypto.ts';
import type { Database } from '../../platform/db.ts';
import { record } from '../audit/audit.ts';

/** Signs in the person whom WeChat names, when that openid is bound to an account in use. @returns the visitor's id */
export async function recogniseWechat(
  db: Database,
  index: BlindIndex,
  openid: string,
  requestId: string,
): Promise<string | undefined> {
  return db.transaction(async (trx) => {
    const [visitor] = await trx('visitor')
      .whereIn('openid_hash', index.every('openid', openid))
      .whereNull('superseded_at')
      .update({ last_seen_at: trx.fn.now() })
      .returning<{ id: string }[]>('id');
    if (!visitor) return undefined;
    await record(trx, {
      actor: { kind: 'visitor', id: visitor.id },
      action: 'visitor_signed_in',
      subject: { kind: 'visitor', id: visitor.id },
      detail: { channel: 'wechat' },
      requestId,
    });
    return visitor.id;
  });
}
