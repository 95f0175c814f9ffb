import { randomBytes, randomUUID } from 'node:crypto';
import { gateCodeBytes, makeGateCode } from '../../domain/gate-code.ts';
import type { Transaction } from '../../platform/db.ts';
import { queueMessage } from '../messages/message.ts';
import { holderOf, replaceGateCode } from '../passes/pass.ts';
import { liveRows, type Sealing, sealAnew } from './sealing-anew.ts';

/**
 * A box in strange hands: its gate is out of service, and every pass that it knew gets another gate code, at every other gate
 * of the campus too. What it knew opens nothing there once that gate has read its feed. Holders are told, once for each time that
 * the gate is retired: what they wrote down or hold on paper opens nothing any more. The same form once more therefore leaves
 * their codes as they are: nobody would tell them.
 *
 * @returns how many passes have other codes now
 */
export async function retireAndReissue(trx: Transaction, sealing: Sealing, id: string): Promise<number> {
  const { campus_id: campus } = await trx('gate').where({ id }).first('campus_id');
  const known = await liveRows(trx).where({ 'f.gate_id': id }).select('f.reservation_id', 'f.ordinal', 'f.version');
  // Passes before gates: every transaction that issues or revokes a pass locks them in this order.
  const candidates = await trx('pass')
    .whereIn(
      ['reservation_id', 'ordinal', 'version'],
      known.map(({ reservation_id, ordinal, version }) => [reservation_id, ordinal, version]),
    )
    .whereNotNull('gate_code_enc')
    .orderBy(['id', 'version'])
    .forUpdate()
    .select<KnownPass[]>('id', 'version', 'reservation_id as reservation', 'valid_until as until');
  const gates = await trx('gate')
    .where({ campus_id: campus })
    .orderBy('id')
    .forUpdate()
    .select('id', 'sealing_key', 'retired_at');
  const [retired] = await trx('gate')
    .where({ id })
    .update({ retired_at: trx.raw('coalesce(retired_at, now())') })
    .returning<{ retired_at: Date }[]>('retired_at');
  if (!retired) return 0;
  const keyOf = ({ id: pass }: KnownPass) => `gate_code_changed/${pass}/${retired.retired_at.getTime()}`;
  const told = new Set(await trx('message').whereIn('key', candidates.map(keyOf)).pluck<string[]>('key'));
  const passes = candidates.filter((pass) => !told.has(keyOf(pass)));
  for (const pass of passes) {
    await replaceGateCode(trx, sealing.cipher, pass, makeGateCode(randomBytes(gateCodeBytes)));
    await tellHolder(trx, pass, keyOf(pass));
  }
  for (const gate of gates.filter((one) => one.id !== id && one.retired_at === null)) {
    await sealAnew(trx, sealing, { id: gate.id, sealingKey: gate.sealing_key });
    await trx('gate').where({ id: gate.id }).update({ feed_epoch: randomUUID() });
  }
  return passes.length;
}

interface KnownPass {
  id: string;
  version: number;
  reservation: string;
  until: Date;
}

async function tellHolder(trx: Transaction, { id: pass, reservation, until }: KnownPass, key: string): Promise<void> {
  const visitor = until > new Date() ? await holderOf(trx, pass) : undefined;
  if (!visitor) return;
  await queueMessage(trx, { reservation, visitor, kind: 'gate_code_changed', key, pass });
}
