import { minute } from '../domain/time.ts';
import type { Log } from '../platform/log.ts';
import type { Disk } from './disk.ts';
import { inTransaction, type Ledger } from './ledger.ts';
import type { Position } from './position.ts';

/**
 * A box that has heard nothing of its server for days may stand in strange hands. What its store says of people goes: names, plates, what a
 * document is compared with, gate codes and number plates' hashes. Which version of a pass counts, and what was revoked, stays, so that the gate goes on by signatures;
 * and with the next contact it reads its feed from the beginning, and knows all of it again. Days are those of the gate's own clock.
 */
export interface Forgetting {
  /** Whether it has forgotten, and heard nothing since. */
  hasForgotten(): boolean;
  stop(): void;
}

const looksEvery = minute;

export function startForgetting(parts: {
  ledger: Ledger;
  position: Position;
  disk: Disk;
  /** Milliseconds without contact. */
  after: number;
  log: Log;
}): Forgetting {
  const { ledger, position, disk, after, log } = parts;
  function look(now: number): void {
    const since = position.heardAt();
    // A store of before does not say it: its days begin now.
    if (since === undefined) disk.write(() => position.heard(now));
    else if (now - since > after && !position.hasForgotten()) forget(now - since);
  }
  function forget(silence: number): void {
    const isDone = disk.write(() => {
      // What is deleted is overwritten too, in the file and in its log.
      ledger.exec('pragma secure_delete = on');
      inTransaction(ledger, () => {
        ledger.exec(`
          update pass set guard_enc = null, code_hash = null, plate_hash = null
            where guard_enc is not null or code_hash is not null or plate_hash is not null;
          update scan set party_enc = null where party_enc is not null`);
        position.forget();
      });
      ledger.exec('pragma wal_checkpoint(truncate)');
    });
    position.refresh();
    if (isDone)
      log.warn({ ms: silence }, 'what the store says of people is deleted: the feed was not reached for days');
  }
  look(Date.now());
  const timer = setInterval(() => look(Date.now()), looksEvery);
  return { hasForgotten: () => position.hasForgotten(), stop: () => clearInterval(timer) };
}
