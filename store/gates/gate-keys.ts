import { randomUUID } from 'node:crypto';
import type { Transaction } from '../../platform/db.ts';
import { type Sealing, sealAnew } from './sealing-anew.ts';

/** Another box at the same gate: its keys take the place of the former ones. */

export interface GateKeys {
  id: string;
  /** Raw 32-byte Ed25519 and X25519 public keys. */
  identityKey: Buffer;
  sealingKey: Buffer;
}

/**
 * From now on only the new box is answered. What is live is sealed to its key, in place, and the feed gets another epoch, so
 * that a box which kept its store reads it from the beginning too.
 *
 * @returns `as_before` where these are the gate's keys already
 */
export async function replaceGateKeys(
  trx: Transaction,
  sealing: Sealing,
  { id, identityKey, sealingKey }: GateKeys,
): Promise<'replaced' | 'as_before' | 'key_taken'> {
  // Passes that are made meanwhile wait for this lock, and are sealed to the new key.
  const stored = await trx('gate').where({ id }).forUpdate().first('identity_key', 'sealing_key');
  if (!stored) throw new Error('There is no such gate');
  if (identityKey.equals(stored.identity_key) && sealingKey.equals(stored.sealing_key)) return 'as_before';
  const keys = [identityKey, sealingKey];
  const used = await trx('gate')
    .whereNot({ id })
    .andWhere((other) => other.whereIn('identity_key', keys).orWhereIn('sealing_key', keys))
    .first('id');
  if (used) return 'key_taken';
  await trx('gate')
    .where({ id })
    .update({ identity_key: identityKey, sealing_key: sealingKey, feed_epoch: randomUUID() });
  await sealAnew(trx, sealing, { id, sealingKey });
  return 'replaced';
}
