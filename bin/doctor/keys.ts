import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readWebKeys } from '../../platform/keys.ts';
import { demoMark } from '../run-process.ts';
import type { Check } from './check.ts';
import type { SettingsOf } from './settings.ts';

export function keyChecks(settings: SettingsOf<'application'>): Check[] {
  return [
    {
      name: 'keys of web',
      needs: ['KEYS_DIR', 'XIAOMEN_MODE'],
      async look() {
        readWebKeys(settings.KEYS_DIR);
        requireOwnFolder(settings);
        return 'complete, readable by their owner only';
      },
    },
  ];
}

/** @throws Error saying what to do about demo keys outside a demo, or a folder that others can read */
export function requireOwnFolder({ KEYS_DIR, XIAOMEN_MODE }: { KEYS_DIR: string; XIAOMEN_MODE: string }): void {
  if (XIAOMEN_MODE !== 'demo' && existsSync(join(KEYS_DIR, demoMark)))
    throw new Error('these are demo keys: make your own');
  if ((statSync(KEYS_DIR).mode & 0o077) !== 0)
    throw new Error(`others on this machine can read ${KEYS_DIR}: chmod 700 it`);
}
