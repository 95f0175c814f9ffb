import { randomUUID } from 'node:crypto';
import { gatesFromBits } from '../../domain/gates-bitmap.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import type { Transaction } from '../../platform/db.ts';
import { proveDocument } from '../../platform/document-proof.ts';
import type { GateCodes } from '../../platform/gate-codes.ts';
import { readCredentials } from '../passes/pass.ts';
import { readPeople } from '../reservations/submission.ts';
import { sealPass } from './pass-sealing.ts';

/** Another box at the same gate: its keys take the place of the former ones. */

interface Sealing {
  cipher: FieldCipher;
  gateCodes: GateCodes;
}

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
  { cipher, gateCodes }: Sealing,
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
  await sealAnew(trx, { cipher, gateCodes }, { id, sealingKey });
  return 'replaced';
}

interface LiveRow {
  position: number;
  reservation: string;
  ordinal: number;
  version: number;
}

/** Of each pass the row that the gate would be served. Whose people were erased keeps what stands outside the seal. */
async function sealAnew(trx: Transaction, { cipher, gateCodes }: Sealing, gate: { id: string; sealingKey: Buffer }) {
  const live: LiveRow[] = await trx('gate_feed as f')
    .where({ 'f.gate_id': gate.id, 'f.kind': 'pass' })
    .andWhere('f.kept_until', '>', trx.fn.now())
    .whereNotExists((newer) =>
      newer
        .from('gate_feed as n')
        .whereRaw('n.gate_id = f.gate_id and n.reservation_id = f.reservation_id and n.ordinal = f.ordinal')
        .whereRaw('n.position > f.position'),
    )
    .orderBy('f.position')
    .select('f.position', 'f.reservation_id as reservation', 'f.ordinal', 'f.version');
  for (const [reservation, rows] of Map.groupBy(live, (row) => row.reservation)) {
    const standing = await trx('reservation').where({ id: reservation }).first('submission_id');
    const people = standing?.submission_id ? await readPeople(trx, cipher, standing.submission_id) : [];
    for (const row of rows) {
      const person = people.find(({ ordinal }) => ordinal === row.ordinal);
      const { ordinal, version, position } = row;
      const pass = await trx('pass')
        .where({ reservation_id: reservation, ordinal, version })
        .first('id', 'valid_from', 'gates');
      const shown = pass && (await readCredentials(trx, cipher, pass.id));
      if (!person || !shown) continue;
      const { name, plate, document } = person;
      // Passes of before have no proof yet.
      const proof = shown.proof ?? (await proveDocument(document));
      const told = { ...row, name, plate, proof, gateCode: shown.gateCode, from: pass.valid_from };
      const sealed = sealPass(gate, { ...told, gates: gatesFromBits(pass.gates) }, gateCodes);
      await trx('gate_feed').where({ gate_id: gate.id, position }).update({ sealed, valid_from: pass.valid_from });
    }
  }
}
