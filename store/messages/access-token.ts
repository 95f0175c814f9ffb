import type { Knex } from 'knex';
import type { KeptToken, TokenStore } from '../../platform/access-token.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import type { Queryable } from '../../platform/db.ts';

/** First of the two numbers of the lock; the second is the account's. */
const renewing = 4_209_002;

/** A partner's access token, shared by all processes, encrypted: the official account's by its app id, a messenger's by `messenger/…`. */
export function accessTokenStore(db: Knex, cipher: FieldCipher, appId: string): TokenStore {
  const address = { table: 'wechat_token', column: 'token_enc', row: appId };
  /** What a key that was taken away had sealed is simply asked for anew. */
  const opened = (data: Buffer): string | undefined => {
    try {
      return cipher.open(address, data);
    } catch {
      return undefined;
    }
  };

  async function read(from: Queryable): Promise<KeptToken | undefined> {
    const row = await from('wechat_token').where({ app_id: appId }).first('token_enc', 'expires_at');
    const token = row && opened(row.token_enc);
    return token === undefined ? undefined : { token, expiresAt: row.expires_at };
  }

  const write = (trx: Queryable, { token, expiresAt }: KeptToken) =>
    trx('wechat_token')
      .insert({ app_id: appId, token_enc: cipher.seal(address, token), expires_at: expiresAt })
      .onConflict('app_id')
      .merge();

  return {
    read: () => read(db),
    // The lock and the row are of one transaction: a process that lost the lock on the way cannot write any more.
    renew: (ask) =>
      db.transaction(async (trx) => {
        const { rows } = await trx.raw('select pg_try_advisory_xact_lock(?, hashtext(?)) as mine', [renewing, appId]);
        if (!rows[0].mine) return undefined;
        const kept = await read(trx);
        const brought = await ask(kept);
        if ('token' in brought && brought.token !== kept?.token) await write(trx, brought);
        return brought;
      }),
  };
}
