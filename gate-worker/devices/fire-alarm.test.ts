import { expect, test } from 'vitest';
import { createLog } from '../../platform/log.ts';
import { createDisk } from '../disk.ts';
import { openLedger } from '../ledger.ts';
import { createDeviceFacts } from './facts.ts';
import { createFireAlarm } from './fire-alarm.ts';

test('a fire alarm outlasts the gate, and ends with the input that said so', () => {
  const log = createLog('test', 'silent');
  const ledger = openLedger(':memory:');
  const start = (...known: string[]) => createFireAlarm(known, createDeviceFacts(ledger, createDisk(log)), log);

  start('hall', 'yard').set('hall', true);
  expect(start('hall', 'yard').isOn()).toBe(true);
  expect(start('yard').isOn()).toBe(false);
  ledger.close();
});
