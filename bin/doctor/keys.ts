import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { demoMark } from '../run-process.ts';
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

/** @throws Error saying what to do about demo keys outside a demo, or a folder that others can read */
function requireOwnFolder({ KEYS_DIR, XIAOMEN_MODE }: KeySettings): void {
  if (XIAOMEN_MODE !== 'demo' && existsSync(join(KEYS_DIR, demoMark)))
    throw new Error('these are demo keys: make your own');
  if ((statSync(KEYS_DIR).mode & 0o077) !== 0)
    throw new Error(`others on this machine can read ${KEYS_DIR}: chmod 700 it`);
}
