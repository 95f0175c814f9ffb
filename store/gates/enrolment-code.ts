import type { Knex } from 'knex';
import type { Transaction } from '../../platform/db.ts';
import type { PublicPair } from '../../platform/gate-pair.ts';

/** Boxes that ask to become gates, each under the hash of its code: good once, for fifteen minutes by the database's clock. */

export interface AskedEnrolment extends PublicPair {
  state: 'waiting' | 'expired' | 'refused' | 'confirmed';
  askedAt: Date;
  expiresAt: Date;
  /** Once it is confirmed: which gate the box is, and what was sealed for it. */
  gate: string | null;
  answer: Buffer | null;
}

/** The same box may ask again under the same code. @returns undefined where another one has it */
export async function askEnrolment(
  db: Knex,
  codeHash: Buffer,
  { identityKey, sealingKey }: PublicPair,
): Promise<AskedEnrolment | undefined> {
  const row = { code_hash: codeHash, identity_key: identityKey, sealing_key: sealingKey };
  await db('gate_enrolment').insert(row).onConflict('code_hash').ignore();
  const found = await findEnrolment(db, codeHash);
  const isOwn = found?.identityKey.equals(identityKey) && found.sealingKey.equals(sealingKey);
  return isOwn ? found : undefined;
}

export async function findEnrolment(
  db: Knex,
  codeHash: Buffer,
  { lock = false } = {},
): Promise<AskedEnrolment | undefined> {
  const query = db('gate_enrolment')
    .where({ code_hash: codeHash })
    .first('*', db.raw('expires_at <= now() as is_over'));
  const row = await (lock ? query.forUpdate() : query);
  return (
    row && {
      identityKey: row.identity_key,
      sealingKey: row.sealing_key,
      state: row.confirmed_at ? 'confirmed' : row.refused_at ? 'refused' : row.is_over ? 'expired' : 'waiting',
      askedAt: row.asked_at,
      expiresAt: row.expires_at,
      gate: row.gate_id,
      answer: row.answer,
    }
  );
}

/** In the transaction that locked it and found it waiting. */
export async function confirmEnrolment(
  trx: Transaction,
  codeHash: Buffer,
  { gate, answer }: { gate: string; answer: Buffer },
): Promise<void> {
  await trx('gate_enrolment')
    .where({ code_hash: codeHash })
    .update({ confirmed_at: trx.fn.now(), gate_id: gate, answer });
}

/** The fingerprints differ: somebody else's keys stand under the code. @returns whether it waited */
export async function refuseEnrolment(db: Knex, codeHash: Buffer): Promise<boolean> {
  const refused = await db('gate_enrolment')
    .where({ code_hash: codeHash })
    .whereNull('confirmed_at')
    .whereNull('refused_at')
    .update({ refused_at: db.fn.now() });
  return refused > 0;
}
