import { createHash, randomBytes } from 'node:crypto';
import type { Knex } from 'knex';

/**
 * Tokens that another system sends with each request: 256 bits, kept as SHA-256, so that nobody reads one here and they live as
 * long as an office wants, and not as long as a key of ours. Their tables have `id`, `used_at` and `revoked_at`.
 */

type TokenTable = 'api_key' | 'scim_token';

export const newToken = (prefix = ''): string => prefix + randomBytes(32).toString('base64url');

export const hashOfToken = (token: string): Buffer => createHash('sha256').update(token).digest();

/** @returns whether it was open; undefined where there never was such a token */
export async function revokeToken(trx: Knex, table: TokenTable, id: string): Promise<boolean | undefined> {
  const revoked = await trx(table).where({ id }).whereNull('revoked_at').update({ revoked_at: trx.fn.now() });
  if (revoked > 0) return true;
  return (await trx(table).where({ id }).first('id')) && false;
}

/** Remembers, once a minute, that it is used. */
export async function markUsed(db: Knex, table: TokenTable, id: string): Promise<void> {
  await db(table)
    .where({ id })
    .whereRaw(`(used_at is null or used_at < now() - interval '1 minute')`)
    .update({ used_at: db.fn.now() });
}
