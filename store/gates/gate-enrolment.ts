import type { Transaction } from '../../platform/db.ts';
import { columnsOf, type Values } from '../content/content-edit.ts';

/** A gate that comes into service: a row with the public halves of the keys that its box holds. */

export interface Enrolment {
  /** The box's own id: GATE_ID, its queue and its workflow. It stays. */
  id: string;
  /** Where the gate stands. It stays. */
  campus: string;
  /** Raw 32-byte Ed25519 and X25519 public keys. */
  identityKey: Buffer;
  sealingKey: Buffer;
  values: Values;
}

/** A pass names its gates in 64 bits (domain/gates-bitmap.ts). */
const mostNumbers = 64;

/**
 * Gives the gate the campus's next number, which no other gate of it has had: it is the gate's bit in every pass.
 *
 * @returns `as_before` where the same form was taken already; else the problem
 */
export async function enrolGate(
  trx: Transaction,
  { id, campus, identityKey, sealingKey, values }: Enrolment,
): Promise<'enrolled' | 'as_before' | 'id_taken' | 'key_taken' | 'campus_full'> {
  // One at a time: two would take the same number.
  await trx('campus').where({ id: campus }).forUpdate().first('id');
  const stored = await trx('gate').where({ id }).first();
  if (stored) {
    const isSame = stored.campus_id === campus && identityKey.equals(stored.identity_key);
    return isSame && sealingKey.equals(stored.sealing_key) ? 'as_before' : 'id_taken';
  }
  const keys = [identityKey, sealingKey];
  const used = await trx('gate').whereIn('identity_key', keys).orWhereIn('sealing_key', keys).first('id');
  if (used) return 'key_taken';
  const { next } = await trx('gate')
    .where({ campus_id: campus })
    .first(trx.raw('coalesce(max(number) + 1, 0)::int as next'));
  if (next >= mostNumbers) return 'campus_full';
  const made = await trx('gate')
    .insert({
      id,
      campus_id: campus,
      number: next,
      identity_key: identityKey,
      sealing_key: sealingKey,
      ...columnsOf('gate', values),
    })
    .onConflict('id')
    .ignore()
    .returning('id');
  return made.length > 0 ? 'enrolled' : 'id_taken';
}
