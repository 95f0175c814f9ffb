import type { FieldCipher } from '../../platform/crypto.ts';
import type { Queryable } from '../../platform/db.ts';
import type { TokenStore } from '../../platform/wechat.ts';

/** The official account's access token, shared by all processes, encrypted. One row an app id. */
export function wechatTokenStore(db: Queryable, cipher: FieldCipher, appId: string): TokenStore {
  const address = { table: 'wechat_token', column: 'token_enc', row: appId };
  /** What a key that was taken away had sealed is simply asked for anew. */
  const opened = (data: Buffer): string | undefined => {
    try {
      return cipher.open(address, data);
    } catch {
      return undefined;
    }
  };
  return {
    async read() {
      const row = await db('wechat_token').where({ app_id: appId }).first('token_enc', 'expires_at');
      const token = row && opened(row.token_enc);
      return token === undefined ? undefined : { token, expiresAt: row.expires_at };
    },
    async write(token, expiresAt) {
      await db('wechat_token')
        .insert({ app_id: appId, token_enc: cipher.seal(address, token), expires_at: expiresAt })
        .onConflict('app_id')
        .merge();
    },
  };
}
