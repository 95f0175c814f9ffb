import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { gateSettings } from '../testing/gates.ts';
import { testKeys } from '../testing/keys.ts';
import { openLedger } from './ledger.ts';
import { requireOwnStore } from './own-store.ts';
import { startGate } from './start.ts';

const factsIn = (file: string) => {
  const store = new DatabaseSync(file, { readOnly: true });
  const facts = store.prepare('select name, value from fact order by name').all();
  store.close();
  return facts;
};

test('a gate starts with the store that its key wrote, and with no other', async () => {
  const keys = await testKeys(['south']);
  const folder = keys.folders.gates.south?.folder ?? '';
  const settings = await gateSettings({ id: 'south', keys: folder });
  for (let n = 0; n < 2; n += 1) await (await startGate(settings)).stop();
  const before = factsIn(settings.GATE_STORE);
  const print = before.find(({ name }) => name === 'local_key')?.value;
  expect(print).toMatch(/^[0-9a-f]{32}$/);

  const file = join(folder, 'gate.json');
  const own = readFileSync(file, 'utf8');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(own), local: randomBytes(32).toString('base64') }));
  await expect(startGate(settings)).rejects.toThrow(
    new RegExp(`with fingerprint ${print}; found: (?!${print})[0-9a-f]{32}\\. Nothing was written`),
  );
  expect(factsIn(settings.GATE_STORE)).toEqual(before);
  writeFileSync(file, own);
  await (await startGate(settings)).stop();
});

test('a store that cannot be written keeps no gate from starting', () => {
  const ledger = openLedger(':memory:');
  ledger.exec('pragma query_only = on');
  requireOwnStore(ledger, { local: randomBytes(32) });
  ledger.exec('pragma query_only = off');
  expect(ledger.prepare(`select count(*) as n from fact`).get()).toEqual({ n: 0 });
  ledger.close();
});
