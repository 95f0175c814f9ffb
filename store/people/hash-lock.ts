import type { Knex } from 'knex';
import type { BlindHash } from '../../platform/crypto.ts';

/**
 * Of those who write the same phone or identity, one at a time, until the transaction ends. A unique index is not enough
 * while the key of look-ups is replaced: two processes may write the same phone under two hashes. Look after the lock, not before.
 */
export async function lockHash(trx: Knex, { every: [oldest] }: BlindHash): Promise<void> {
  await trx.raw(`select pg_advisory_xact_lock(hashtextextended('hash' || encode(?::bytea, 'hex'), 0))`, [oldest ?? '']);
}
