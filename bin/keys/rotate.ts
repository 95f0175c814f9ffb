import { setTimeout as wait } from 'node:timers/promises';
import type { Knex } from 'knex';
import { type GateKeyName, type GateKeyUse, gateKeyUses, nameOfGateKey } from '../../domain/gate-keys.ts';
import { type LiveKind, liveKinds } from '../../platform/live-keys.ts';
import { gatesWithoutKey } from '../../store/gates/gate.ts';
import { keepFingerprints } from '../../store/keys/key-fit.ts';
import { type KeyHolder, keyHolders } from '../../store/keys/key-holder.ts';
import { freeKeyNumber } from '../../store/keys/public-keys.ts';
import { fingerprintIn } from './fingerprint.ts';
import { keyFiles } from './key-files.ts';

/**
 * A kind of key is replaced while everything runs. The order is this command's to keep: everybody has the next key before
 * anybody seals or signs with it – every gate in service too, where gates read what it signs – and everybody works with it
 * before anything old is made anew. A step that was done stays done: begun again, it goes on where it was.
 */

export interface Rotation {
  folder: string;
  db: Knex;
  say: (line: string) => void;
  /** How long to wait for every process, ms. */
  patience: number;
}

export const isLiveKind = (kind: string): kind is LiveKind => liveKinds.some((one) => one === kind);

/** @throws Error naming the processes that did not take the key over; nothing is sealed with it then */
export async function rotate(kind: LiveKind, { folder, db, say, patience }: Rotation): Promise<void> {
  const files = keyFiles(folder, kind);
  // After a restore gates may have seen numbers that the files know nothing of.
  const { current } = files.inUse();
  const next = files.addNext(isGateKeyUse(kind) ? await freeKeyNumber(db, kind, Number(current)) : undefined);
  say(`${kind}: ${next} is in the key files; ${current} is still in use.`);
  const known = (one: KeyHolder) => one.known.includes(next);
  await untilAll({ db, kind, say, patience }, known, `has ${next}`);
  if (isGateKeyUse(kind)) await untilGates({ db, say, patience }, { use: kind, kid: Number(next) });
  // Who starts from here on has to hold it; so does who restores a backup.
  await keepFingerprints(db, kind, { [next]: fingerprintIn(folder, kind, next) });
  files.useNext();
  await untilAll({ db, kind, say, patience }, (one) => one.current === next, `works with ${next}`);
}

type Waiting = Omit<Rotation, 'folder'> & { kind: LiveKind };

const isGateKeyUse = (kind: LiveKind): kind is LiveKind & GateKeyUse => gateKeyUses.some((use) => use === kind);

async function untilGates({ db, say, patience }: Omit<Waiting, 'kind'>, key: GateKeyName): Promise<void> {
  const deadline = Date.now() + patience;
  for (;;) {
    const without = await gatesWithoutKey(db, key);
    if (without.length === 0) return say(`${key.use}: every gate in service believes ${key.kid}.`);
    if (Date.now() > deadline) {
      throw new Error(
        `Gates that do not believe ${nameOfGateKey(key)}: ${without.join(', ')}. Bring them back, or take them out of service, ` +
          'and begin again',
      );
    }
    await wait(500);
  }
}

async function untilAll({ db, kind, say, patience }: Waiting, does: (one: KeyHolder) => boolean, what: string) {
  const deadline = Date.now() + patience;
  for (;;) {
    const holders = await keyHolders(db, kind);
    if (holders.length === 0)
      throw new Error('No running web or worker was seen. Start them: a key is changed while they run');
    const behind = holders.filter((one) => !does(one));
    if (behind.length === 0) return say(`${kind}: every process ${what} (${holders.length}).`);
    if (Date.now() > deadline) {
      const names = behind.map(({ part, process }) => `${part} ${process}`).join(', ');
      throw new Error(`Not every process ${what}: ${names}. Copy the key files to where it runs, and begin again`);
    }
    await wait(500);
  }
}
