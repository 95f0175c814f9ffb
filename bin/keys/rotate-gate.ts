import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Knex } from 'knex';
import { createFieldCipher } from '../../platform/crypto.ts';
import { createGateCodes } from '../../platform/gate-codes.ts';
import { nameOfPair, pairPrefix } from '../../platform/gate-pair.ts';
import { readWorkerKeys } from '../../platform/keys.ts';
import { record } from '../../store/audit/audit.ts';
import { contactOf } from '../../store/gates/gate.ts';
import { replaceGateKeys } from '../../store/gates/gate-keys.ts';
import { gateFile } from './gate-file.ts';
import type { Rotation } from './rotate.ts';

/**
 * A gate's own keys are replaced while it runs. The order: its box holds both pairs; then the server believes the next one
 * and live rows are sealed to it; and the former goes when the gate has read its feed by the next. The box decides out of its store
 * all along, and opens what it reads with whichever key it is sealed to. Begun again, it goes on where it was.
 */

/** @throws Error saying what the gate lacks and where it is */
export async function rotateGate(gate: string, rotation: Rotation): Promise<void> {
  const { folder, db, say } = rotation;
  const file = gateFile(folder, gate);
  if (!(await contactOf(db, gate))) throw new Error(`There is no gate ${gate} in service`);
  const isNow = (name: string) => (said: Said) => ownOf(said).join() === name;
  // The end of the last time, where that was not waited for.
  if (!file.hasNext()) {
    const inUse = nameOfPair(file.current());
    await untilGate(
      gate,
      rotation,
      isNow(inUse),
      `holds the keys of ${file.path}, and no others. Copy that file to its box`,
    );
  }

  const next = file.addNext();
  const name = nameOfPair(next);
  say(
    `gate ${gate}: the next keys are in ${file.path}. Copy that file to its box, where it is read without a restart.`,
  );
  await untilGate(
    gate,
    rotation,
    (said) => ownOf(said).includes(name),
    `holds its next keys. Copy ${file.path} to its box`,
  );
  say(`gate ${gate}: its box holds both pairs.`);

  const switchedAt = await believe(gate, next, rotation);
  say(`gate ${gate}: what is live is sealed to the next key, and requests are believed by the next key only.`);
  const hasRead = ({ seenAt, isAtHead }: Said) => seenAt !== null && seenAt > switchedAt && isAtHead;
  await untilGate(gate, rotation, hasRead, 'has read its feed by the next keys. See what its log says');
  file.useNext();
  say(
    `gate ${gate}: it has read its feed by the next keys. Copy ${file.path} to its box once more: the former ones are gone from it.`,
  );
  await untilGate(gate, rotation, isNow(name), `holds the next keys alone. Copy ${file.path} to its box`);
  say(`gate ${gate}: it holds the next keys alone.`);
}

type Said = NonNullable<Awaited<ReturnType<typeof contactOf>>>;

const ownOf = ({ believed }: Said): string[] => believed.filter((one) => one.startsWith(pairPrefix));

/** @returns when, by the database's clock */
async function believe(
  gate: string,
  next: ReturnType<ReturnType<typeof gateFile>['addNext']>,
  { folder, db }: Rotation,
) {
  const { field, codec } = readWorkerKeys(join(folder, 'worker'));
  const sealing = { cipher: createFieldCipher(field), gateCodes: createGateCodes(codec) };
  return db.transaction(async (trx) => {
    const done = await replaceGateKeys(trx, sealing, { id: gate, ...next });
    if (done === 'key_taken') throw new Error('Another gate has one of these keys');
    const subject = { kind: 'content', id: gate } as const;
    const detail = { kind: 'gate_keys' };
    if (done === 'replaced')
      await record(trx, { actor: { kind: 'system' }, action: 'content_changed', subject, detail });
    return now(trx);
  });
}

async function now(db: Knex): Promise<Date> {
  const { rows } = await db.raw<{ rows: [{ at: Date }] }>('select clock_timestamp() as at');
  return rows[0].at;
}

async function untilGate(gate: string, { db, patience }: Rotation, does: (said: Said) => boolean, what: string) {
  const deadline = Date.now() + patience;
  for (;;) {
    const said = await contactOf(db, gate);
    if (said && does(said)) return;
    if (Date.now() > deadline) throw new Error(`Gate ${gate} has not said that it ${what}, and begin again`);
    await wait(500);
  }
}
