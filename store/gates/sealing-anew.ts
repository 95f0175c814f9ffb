import type { Knex } from 'knex';
import { gatesFromBits } from '../../domain/gates-bitmap.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import type { Transaction } from '../../platform/db.ts';
import { proveDocument } from '../../platform/document-proof.ts';
import type { GateCodes } from '../../platform/gate-codes.ts';
import { readCredentials } from '../passes/pass.ts';
import { readPeople } from '../reservations/submission.ts';
import { sealPass } from './pass-sealing.ts';

/** What gates are told of live passes, made anew: for another key, or with another code. */

export interface Sealing {
  cipher: FieldCipher;
  gateCodes: GateCodes;
}

/** Of each pass the row that a gate would be served, where that is no revocation: `f`. */
export const liveRows = (db: Knex) =>
  db('gate_feed as f')
    .where({ 'f.kind': 'pass' })
    .andWhere('f.kept_until', '>', db.fn.now())
    .whereNotExists((newer) =>
      newer
        .from('gate_feed as n')
        .whereRaw('n.gate_id = f.gate_id and n.reservation_id = f.reservation_id and n.ordinal = f.ordinal')
        .whereRaw('n.position > f.position'),
    );

interface LiveRow {
  position: number;
  reservation: string;
  ordinal: number;
  version: number;
}

/**
 * In place: positions and marks stay, so the gate's feed needs another epoch besides. A pass whose person was erased keeps
 * the unsealed part.
 */
export async function sealAnew(
  trx: Transaction,
  { cipher, gateCodes }: Sealing,
  gate: { id: string; sealingKey: Buffer },
) {
  const live: LiveRow[] = await liveRows(trx)
    .where({ 'f.gate_id': gate.id })
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
      const { name, plate, phone, document } = person;
      // Passes of before have no proof yet.
      const proof = shown.proof ?? (await proveDocument(document));
      const told = { ...row, name, plate, phone, proof, gateCode: shown.gateCode, from: pass.valid_from };
      const sealed = sealPass(gate, { ...told, gates: gatesFromBits(pass.gates) }, gateCodes);
      await trx('gate_feed').where({ gate_id: gate.id, position }).update({ sealed, valid_from: pass.valid_from });
    }
  }
}
