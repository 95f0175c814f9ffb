import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aHouse, type GateUnderTest, type House } from '../testing/gate-house.ts';
import { until } from '../testing/until.ts';
import { openLedger } from './ledger.ts';

/** One picture, one person: where exits are not recorded. */

let house: House;
let passes: House['passes'];
let south: GateUnderTest;
beforeAll(async () => {
  house = await aHouse();
  passes = house.passes;
  south = await house.openGate('south');
  await until(async () => !(await south.state()).degraded.includes('catching_up'), 'south has read its feed');
});
afterAll(async () => {
  await south?.stop();
  await house?.close();
});

/** Milliseconds. */
const step = 30_000;

const events = (reservation: string): number => {
  const ledger = openLedger(south.settings.GATE_STORE);
  const found = ledger.prepare('select count(*) as n from scan where reservation = ? and event is not null');
  const count = Number(found.get(reservation)?.n);
  ledger.close();
  return count;
};

test('a picture opens once at a gate, the next step opens again and the guard is told', async () => {
  const pass = passes.make();
  const at = Date.now();
  const scan = (when: number) => south.scan({ value: passes.qr(pass, when), device: randomUUID() });
  expect(await scan(at)).toMatchObject({ open: true, reason: 'ok', notes: [] });
  expect(await scan(at)).toMatchObject({ open: false, reason: 'already_used' });
  expect(await scan(at - step)).toMatchObject({ open: false, reason: 'already_used' });
  const again = await scan(at + step);
  expect(again).toMatchObject({ open: true, reason: 'ok', notes: [{ kind: 'again' }] });
  expect(again.notes[0]?.message.en).toBe('Again: this person came in less than a minute ago, Gate south.');
  expect(again.notes[0]?.message['zh-CN']).toContain('south门');
  expect(events(pass.claims.reservation)).toBe(2);
});

test('a device that asks the same twice gets the same answer, and one entry is told', async () => {
  const pass = passes.make();
  const value = passes.qr(pass);
  const first = await south.scan({ value, nonce: 'first-try' });
  const second = await south.scan({ value, nonce: 'second-try' });
  expect(first).toMatchObject({ open: true, reason: 'ok' });
  expect(second).toEqual(first);
  expect(events(pass.claims.reservation)).toBe(1);
  await until(async () => (await south.scan({ value })).reason === 'already_used', 'two seconds are over');
  expect(await south.scan({ value, nonce: 'second-try' })).toEqual(first);
  expect(events(pass.claims.reservation)).toBe(1);
});

test('the same answer outlives no revocation', async () => {
  const pass = await passes.issue(house.database.db, house.campus);
  const value = passes.qr(pass);
  expect(await south.scan({ value })).toMatchObject({ open: true });
  await passes.revoke(house.database.db, house.campus, pass);
  await south.caughtUp();
  expect(await south.scan({ value })).toMatchObject({ open: false, reason: 'revoked' });
});

test('a code with its document opens again, and the guard is told since when', async () => {
  const pass = await passes.issue(house.database.db, house.campus);
  await south.caughtUp();
  const scan = (device: string) => south.scan({ kind: 'code', value: pass.code, document: pass.document, device });
  expect(await scan('one')).toMatchObject({ open: true, notes: [] });
  expect(await scan('one')).toMatchObject({ open: true, notes: [] });
  expect(events(pass.claims.reservation)).toBe(1);
  expect(await scan('two')).toMatchObject({ open: true, notes: [{ kind: 'again' }] });
  const ledger = openLedger(south.settings.GATE_STORE);
  const earlier = ledger.prepare('update scan set at = at - ? where reservation = ? and event is not null');
  earlier.run(2 * 60_000, pass.claims.reservation);
  const [note] = (await scan('three')).notes;
  expect(note?.message.en).toBe('Again: this person came in 2 min ago, Gate south.');
  earlier.run(11 * 60_000, pass.claims.reservation);
  ledger.close();
  expect(await scan('four')).toMatchObject({ open: true, notes: [] });
});
