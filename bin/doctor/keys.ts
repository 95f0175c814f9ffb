import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { WebSettings } from '../../platform/config.ts';
import { readWebKeys } from '../../platform/keys.ts';
import { demoMark } from '../run-process.ts';
import type { Check } from './check.ts';

export function keyChecks({ KEYS_DIR, XIAOMEN_MODE }: WebSettings): Check[] {
  return [
    {
      name: 'keys of web',
      async look() {
        readWebKeys(KEYS_DIR);
        if (XIAOMEN_MODE !== 'demo' && existsSync(join(KEYS_DIR, demoMark)))
          throw new Error('these are demo keys: make your own');
        if ((statSync(KEYS_DIR).mode & 0o077) !== 0)
          throw new Error(`others on this machine can read ${KEYS_DIR}: chmod 700 it`);
        return 'complete, readable by their owner only';
      },
    },
  ];
}
