import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import { readGateKeys } from '../../platform/keys.ts';
import { listens } from '../setup/reach.ts';
import type { Check } from './check.ts';
import { keyCheck } from './keys.ts';
import { reach } from './partners.ts';
import type { SettingsOf } from './settings.ts';

/** What one gate needs, looked at where it runs. It decides without the last two, once it has seen its feed. */
export function gateChecks(settings: SettingsOf<'gate'>): Check[] {
  return [
    keyCheck('keys of the gate', settings, readGateKeys),
    {
      name: 'store',
      needs: ['GATE_STORE'],
      async look() {
        const folder = dirname(settings.GATE_STORE);
        try {
          accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
        } catch {
          throw new Error(`${folder} is not there, or cannot be written to: correct GATE_STORE`);
        }
        return `${folder} can be written to`;
      },
    },
    { name: 'feed', needs: ['FEED_URL'], look: () => reach(settings.FEED_URL) },
    {
      name: 'door',
      needs: ['DOOR_URL'],
      async look() {
        const { hostname, port, protocol } = new URL(settings.DOOR_URL);
        const address = `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`;
        if (await listens(address, 8_000)) return `${address} answers`;
        throw new Error(`nothing answers at ${address}`);
      },
    },
  ];
}
