import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '../../platform/db.ts';
import { readWebKeys } from '../../platform/keys.ts';
import { compareKeys, KeysDoNotFit } from '../../store/keys/key-fit.ts';
import { demoMark } from '../run-process.ts';
import { databaseWords } from '../setup/database-words.ts';
import type { Check } from './check.ts';

interface KeySettings {
  KEYS_DIR: string;
  XIAOMEN_MODE: string;
}

/** The key files of one process: complete, and readable by it alone. */
export function keyCheck(name: string, settings: KeySettings, read: (folder: string) => unknown): Check {
  return {
    name,
    needs: ['KEYS_DIR', 'XIAOMEN_MODE'],
    async look() {
      read(settings.KEYS_DIR);
      requireOwnFolder(settings);
      return 'complete, readable by their owner only';
    },
  };
}

/** Whether the keys of `web` are those that the database is written with: another one's would stop the process, or spoil rows. */
export function fitCheck({ KEYS_DIR, DATABASE_URL }: { KEYS_DIR: string; DATABASE_URL: string }): Check {
  return {
    name: 'keys and database',
    needs: ['KEYS_DIR', 'DATABASE_URL'],
    async look() {
      const keys = readWebKeys(KEYS_DIR);
      const db = openDatabase({ DATABASE_URL, DATABASE_POOL: 1 });
      try {
        const fit = await compareKeys(db, keys);
        if (fit.length === 0) return 'no process has written its fingerprints yet: the first start does';
        return `fingerprints of ${fit.join(', ')} fit`;
      } catch (error) {
        throw error instanceof KeysDoNotFit
          ? new Error(
              `${error.misfits.map(({ kind, kid, expected, found }) => `lacks key ${kid} of ${kind}.json with fingerprint ${expected}, found: ${found ?? 'none'}`).join('; ')}: bring back the folder of this database`,
            )
          : new Error(databaseWords(error, 'DATABASE_URL', DATABASE_URL));
      } finally {
        await db.destroy();
      }
    },
  };
}

/** @throws Error saying what to do about demo keys outside a demo, or a folder that others can read */
function requireOwnFolder({ KEYS_DIR, XIAOMEN_MODE }: KeySettings): void {
  if (XIAOMEN_MODE !== 'demo' && existsSync(join(KEYS_DIR, demoMark)))
    throw new Error('these are demo keys: make your own');
  if ((statSync(KEYS_DIR).mode & 0o077) !== 0)
    throw new Error(`others on this machine can read ${KEYS_DIR}: chmod 700 it`);
}
