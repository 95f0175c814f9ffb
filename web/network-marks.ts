import { setTimeout as wait } from 'node:timers/promises';
import type { FieldCipher } from '../platform/crypto.ts';
import type { Database } from '../platform/db.ts';
import type { Log } from '../platform/log.ts';
import { type Rounds, startRounds } from '../platform/rounds.ts';
import { currentLogKeys, type LogKeys, monthOf, networkMark } from '../store/keys/log-key.ts';
import { networkOf } from './network.ts';

/** How the log names where a request came from; undefined before the month's key was read. */
export type MarkNetwork = (address: string | undefined, at?: Date) => string | undefined;

/** How often the keys are read: another process may have made the next month's, and the night forgets old ones. */
const every = 600_000;
/** While the database is away. */
const soon = 2_000;

export function followNetworkMarks({ db, cipher, log }: { db: Database; cipher: FieldCipher; log: Log }): {
  mark: MarkNetwork;
  stop: Rounds['stop'];
} {
  let keys: LogKeys = new Map();
  let read = 0;
  const rounds = startRounds({
    every: soon,
    async round() {
      if (Date.now() - read < every) return;
      keys = await currentLogKeys(db, cipher);
      read = Date.now();
    },
    failure: 'the key of networks in the log is not read',
    log,
  });
  // A stop does not wait for a database that is away.
  return { mark: markBy(() => keys), stop: () => Promise.race([rounds.stop(), wait(1_000)]) };
}

export const markBy =
  (keys: () => LogKeys): MarkNetwork =>
  (address, at = new Date()) => {
    const key = keys().get(monthOf(at));
    return key && networkMark(key, networkOf(address));
  };
