import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Knex } from 'knex';
import { createFieldCipher } from '../../platform/crypto.ts';
import { createGateCodes } from '../../platform/gate-codes.ts';
import { nameOfPair, type PublicPair } from '../../platform/gate-pair.ts';
import { readWorkerKeys } from '../../platform/keys.ts';
import { record } from '../../store/audit/audit.ts';
import { replaceGateKeys } from '../../store/gates/gate-keys.ts';
import type { Sealing } from '../../store/gates/sealing-anew.ts';
import { gateFile } from '../keys/gate-file.ts';
import { changedAt, isLater, type ListedGate } from './listed-gates.ts';
import type { RestoredKeys } from './restored-keys.ts';

/**
 * A gate's keys that were replaced after the backup, and a gate that was retired since: a thief may have the former box. The
 * server needs the public halves alone, which the list has, so the database is told again; files of the former keys are named.
 */

/** As the schema's owner, once database and key files are there. */
export async function restoreGates(
  owner: Knex,
  { folder, listed }: { folder: string; listed: ListedGate[] },
): Promise<RestoredKeys> {
  const { field, codec } = readWorkerKeys(join(folder, 'worker'));
  const sealing = { cipher: createFieldCipher(field), gateCodes: createGateCodes(codec) };
  const all = { lines: [], findings: [] } as RestoredKeys;
  for (const gate of await changedSince(owner, listed)) {
    for (const { lines, findings } of [
      await keepReplaced(owner, sealing, { gate, folder }),
      await keepRetired(owner, gate),
    ]) {
      all.lines.push(...lines);
      all.findings.push(...findings);
    }
  }
  return all;
}

/** A list that was copied before the backup was taken says nothing of what came after. */
async function changedSince(owner: Knex, listed: ListedGate[]): Promise<ListedGate[]> {
  const rows: { id: string; at: Date | null }[] = await owner('gate as g').select(
    'g.id',
    owner.raw(`${changedAt} as at`),
  );
  const then = new Map(rows.map(({ id, at }) => [id, at?.toISOString() ?? null]));
  return listed.filter((gate) => isLater(gate, { changedAt: then.get(gate.id) ?? null }));
}

const nothing: RestoredKeys = { lines: [], findings: [] };
/** As the page about gates notes a change. */
const changeOf = (id: string, kind: string) =>
  ({
    actor: { kind: 'system' },
    action: 'content_changed',
    subject: { kind: 'content', id },
    detail: { kind },
  }) as const;

async function keepReplaced(
  owner: Knex,
  sealing: Sealing,
  { gate, folder }: { gate: ListedGate; folder: string },
): Promise<RestoredKeys> {
  const { id } = gate;
  const row = await owner('gate').where({ id }).first('identity_key', 'sealing_key');
  if (!row) return nothing;
  const former = nameOfPair({ identityKey: row.identity_key, sealingKey: row.sealing_key });
  const pair = { identityKey: Buffer.from(gate.identity, 'base64'), sealingKey: Buffer.from(gate.sealing, 'base64') };
  const newer = nameOfPair(pair);
  const done = await owner.transaction(async (trx) => {
    const result = await replaceGateKeys(trx, sealing, { id, ...pair });
    if (result === 'replaced') await record(trx, changeOf(id, 'gate_keys'));
    return result;
  });
  if (done === 'as_before') return nothing;
  if (done === 'key_taken') {
    const line = `Gate ${id}: its keys were replaced after the backup by ${newer}, which another gate has now: replace its box on its page.`;
    return { lines: [line], findings: [] };
  }
  const held = pairIn(folder, id);
  const holds = held && nameOfPair(held);
  const detail = { backup: former, since: newer, ...(holds && { key_folder: holds }) };
  const lines = [
    `Gate ${id}: its keys were replaced after the backup, and the database believes the later ones again (${newer}, of the backup: ${former}).`,
  ];
  if (holds !== undefined && holds !== newer)
    lines.push(
      `  gate-${id}/gate.json in ${folder} is of another pair (${holds}): bring it to no box. Where the box is lost too: another box.`,
    );
  return { lines, findings: [{ kind: 'gate_keys_anew', subject: id, detail }] };
}

async function keepRetired(owner: Knex, { id, retiredAt }: ListedGate): Promise<RestoredKeys> {
  if (retiredAt === null) return nothing;
  const retired = await owner.transaction(async (trx) => {
    const count = await trx('gate')
      .where({ id, retired_at: null })
      .update({ retired_at: new Date(retiredAt) });
    if (count > 0) await record(trx, changeOf(id, 'gate'));
    return count > 0;
  });
  if (!retired) return nothing;
  const line = `Gate ${id} was taken out of service after the backup, and is again. Where its box was stolen: Retire and reissue once more, since gate codes are those of before.`;
  return { lines: [line], findings: [{ kind: 'gate_retired_again', subject: id, detail: { retired: retiredAt } }] };
}

const pairIn = (folder: string, id: string): PublicPair | undefined =>
  existsSync(join(folder, `gate-${id}`, 'gate.json')) ? gateFile(folder, id).current() : undefined;
