import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLog } from '../platform/log.ts';
import { createAnsweredScans } from './answered-scans.ts';
import { createDisk } from './disk.ts';
import { createKnownPasses } from './known-passes.ts';
import { openLedger } from './ledger.ts';
import { ledgerSteps } from './ledger-steps.ts';
import { deriveLocalKeys } from './local-keys.ts';
import { createPosition } from './position.ts';
import { firstLedger } from './testing/first-ledger.ts';

/** A gate's file across versions of the gate. */

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'xiaomen-ledger-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const keys = deriveLocalKeys({ local: randomBytes(32), codec: { kid: 'c1', key: randomBytes(32) } });

test('a store from before steps were counted moves forwards with all it held', () => {
  const file = join(folder, 'gate.db');
  const pass = { reservation: randomUUID(), ordinal: 1, version: 3, until: 4_000 };
  const event = randomUUID();
  firstLedger(file, keys, { pass, code: 'ABCDEFGH', name: '张*三', event, position: 17 });
  for (let times = 0; times < 2; times += 1) {
    const ledger = openLedger(file);
    expect(ledger.prepare('pragma user_version').get()).toEqual({ user_version: ledgerSteps.length });
    expect(createPosition(ledger).applied()).toBe(17);
    const known = { ...pass, revoked: false, gates: 3n, guard: { name: '张*三' } };
    const passes = createKnownPasses(ledger, keys);
    expect(passes.find(pass.reservation, 1)).toMatchObject(known);
    expect(passes.findByCode('ABCDEFGH')).toMatchObject([known]);
    const scans = createAnsweredScans(ledger, keys, 'south', createDisk(createLog('test', 'silent')));
    expect(scans.waiting(10)).toMatchObject([{ event, reservation: pass.reservation, method: 'qr', at: 2_000 }]);
    expect(scans.find({ device: 'd', nonce: 'nonce-2' }, 'asked')).toMatchObject({ open: true, reason: 'ok' });
    expect(scans.find({ device: 'd', nonce: 'nonce-1' }, 'asked')).toMatchObject({ open: false, reason: 'expired' });
    ledger.close();
  }
});

test('a store keeps a movement of a kind of credential that came later', () => {
  const file = join(folder, 'gate.db');
  firstLedger(file, keys, {
    pass: { reservation: randomUUID(), ordinal: 0, version: 1, until: 1 },
    code: 'A',
    name: 'B',
    event: randomUUID(),
    position: 1,
  });
  const ledger = openLedger(file);
  const change = ledger.prepare("update scan set method = 'id_card' where event is not null");
  expect(change.run().changes).toBe(1);
  ledger.close();
});

test('a store that a newer gate has written is refused with a sentence, and left as it is', () => {
  const file = join(folder, 'gate.db');
  openLedger(file).close();
  const newer = new DatabaseSync(file);
  newer.exec(`pragma user_version = ${ledgerSteps.length + 1}`);
  newer.close();
  expect(() => openLedger(file)).toThrow('written by a newer version of the gate');
  const after = new DatabaseSync(file);
  expect(after.prepare('pragma user_version').get()).toEqual({ user_version: ledgerSteps.length + 1 });
  after.close();
});

test('a step that fails leaves the store where it was', () => {
  const file = join(folder, 'gate.db');
  const before = new DatabaseSync(file);
  before.exec('create table scan_before (x integer)');
  before.close();
  expect(() => openLedger(file)).toThrow();
  const after = new DatabaseSync(file);
  expect(after.prepare('pragma user_version').get()).toEqual({ user_version: 0 });
  expect(after.prepare("select name from sqlite_master where type = 'table'").all()).toEqual([{ name: 'scan_before' }]);
  after.close();
});
