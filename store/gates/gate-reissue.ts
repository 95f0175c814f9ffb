import { randomBytes, randomUUID } from 'node:crypto';
import { gateCodeBytes, makeGateCode } from '../../domain/gate-code.ts';
import type { Transaction } from '../../platform/db.ts';
import { replaceGateCode } from '../passes/pass.ts';
import { liveRows, type Sealing, sealAnew } from './sealing-anew.ts';

/**
 * A box in strange hands: its gate is out of service, and every pass that it knew gets another gate code, at every other gate
 * of the campus too. What it knew opens nothing there once that gate has read its feed.
 *
 * @returns how many passes have other codes now
 */
export async function retireAndReissue(trx: Transaction, sealing: Sealing, id: string): Promise<number> {
  const { campus_id: campus } = await trx('gate').where({ id }).first('campus_id');
  const known = await liveRows(trx).where({ 'f.gate_id': id }).select('f.reservation_id', 'f.ordinal', 'f.version');
  // Passes before gates: every transaction that issues or revokes a pass locks them in this order.
  const passes = await trx('pass')
    .whereIn(
      ['reservation_id', 'ordinal', 'version'],
      known.map(({ reservation_id, ordinal, version }) => [reservation_id, ordinal, version]),
    )
    .whereNotNull('gate_code_enc')
    .orderBy(['id', 'version'])
    .forUpdate()
    .select<{ id: string; version: number }[]>('id', 'version');
  const gates = await trx('gate')
    .where({ campus_id: campus })
    .orderBy('id')
    .forUpdate()
    .select('id', 'sealing_key', 'retired_at');
  for (const pass of passes) {
    await replaceGateCode(trx, sealing.cipher, pass, makeGateCode(randomBytes(gateCodeBytes)));
  }
  await trx('gate')
    .where({ id })
    .update({ retired_at: trx.raw('coalesce(retired_at, now())') });
  for (const gate of gates.filter((one) => one.id !== id && one.retired_at === null)) {
    await sealAnew(trx, sealing, { id: gate.id, sealingKey: gate.sealing_key });
    await trx('gate').where({ id: gate.id }).update({ feed_epoch: randomUUID() });
  }
  return passes.length;
}
