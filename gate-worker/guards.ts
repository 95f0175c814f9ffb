import { type GateGuard, guardsContext, guardsShape, noMark, type ToldGuards } from '../domain/gate-guards.ts';
import type { Log } from '../platform/log.ts';
import { openWithAny } from './apply-page.ts';
import type { Disk } from './disk.ts';
import type { Ledger } from './ledger.ts';
import type { LocalKeys } from './local-keys.ts';
import type { OwnKeys } from './own-keys.ts';

/** Who may log in at this gate's console, as the feed told last; on the disk, sealed under the gate's local key. */
export interface Guards {
  /** Of the list that is here, for the next request. */
  mark(): string;
  /** Another list replaces the one before as a whole. One that cannot be opened changes nothing, and is asked for again. */
  learn(told: ToldGuards): void;
  /** By user name, in any case of letters. */
  find(username: string): GateGuard | undefined;
  /** By id; undefined once they are off the list. */
  name(id: string): string | undefined;
  /** Whether anybody has a PIN of their own: then the one that all share opens no more. */
  any(): boolean;
}

const address = { table: 'fact', column: 'value', row: 'guards' };

export function createGuards(parts: {
  ledger: Ledger;
  gate: string;
  own: Pick<OwnKeys, 'sealingKeys'>;
  local: Pick<LocalKeys, 'cipher'>;
  disk: Disk;
  log: Log;
}): Guards {
  const { ledger, gate, own, local, disk, log } = parts;
  const put = ledger.prepare(
    `insert into fact (name, value) values ('guards', ?) on conflict do update set value = excluded.value`,
  );
  let unopened = '';
  let held = disk.read(kept, () => ({ mark: noMark, list: [] }));

  function kept(): { mark: string; list: GateGuard[] } {
    const row = ledger.prepare(`select value from fact where name = 'guards'`).get();
    if (!row) return { mark: noMark, list: [] };
    return JSON.parse(local.cipher.open(address, Buffer.from(String(row.value), 'base64')));
  }

  return {
    mark: () => held.mark,
    learn({ mark, sealed }) {
      if (mark === held.mark || sealed === undefined) return;
      const list = open(own, Buffer.from(sealed, 'base64'), guardsContext(gate, mark));
      if (!list) {
        // It comes again with every page: said once.
        if (mark !== unopened) log.error({ gate }, 'the list of guards cannot be opened');
        unopened = mark;
        return;
      }
      held = { mark, list };
      // Where the disk takes nothing it counts all the same, until the process ends.
      disk.write(() => put.run(local.cipher.seal(address, JSON.stringify(held)).toString('base64')));
      log.info({ gate, count: list.length }, 'another list of guards');
    },
    find: (username) => held.list.find((one) => one.username.toLowerCase() === username.trim().toLowerCase()),
    name: (id) => held.list.find((one) => one.id === id)?.name,
    any: () => held.list.length > 0,
  };
}

function open(own: Pick<OwnKeys, 'sealingKeys'>, sealed: Buffer, context: string): GateGuard[] | undefined {
  try {
    return guardsShape.parse(JSON.parse(openWithAny(own.sealingKeys(), sealed, context).toString('utf8')));
  } catch {
    return undefined;
  }
}
