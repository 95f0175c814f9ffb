import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { enteredElsewhere } from '../store/gates/entered.ts';
import { recordLateEvent } from '../store/reservations/projection.ts';
import { openDraft } from '../store/reservations/reservation.ts';
import { aHouse, type GateUnderTest, type House } from '../testing/gate-house.ts';
import { until } from '../testing/until.ts';
import { openLedger } from './ledger.ts';

/** One picture, one person: where exits are not recorded. */

let house: House;
let passes: House['passes'];
let south: GateUnderTest;
let east: GateUnderTest;
beforeAll(async () => {
  house = await aHouse();
  passes = house.passes;
  [south, east] = await Promise.all([house.openGate('south'), house.openGate('east')]);
  await until(async () => !(await south.state()).degraded.includes('catching_up'), 'south has read its feed');
});
afterAll(async () => {
  await Promise.all([south?.stop(), east?.stop()]);
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

/** A visit in the rows, with a pass of its own. */
async function aVisit() {
  const { db, owner } = house.database;
  const visitor = randomUUID();
  await db('visitor').insert({ id: visitor, phone_enc: Buffer.alloc(1), phone_hash: Buffer.from(visitor) });
  const { id: reservation } = await openDraft(db, visitor);
  await owner('reservation')
    .where({ id: reservation })
    .update({ campus_id: house.campus, created_at: new Date(Date.now() - 3_600_000) });
  return { reservation, pass: passes.make({ reservation }) };
}
const enter = (reservation: string, { ordinal = 0, ago = 2 * 60_000, direction = 'in' as 'in' | 'out' } = {}) =>
  recordLateEvent(house.database.db, {
    event: randomUUID(),
    reservation,
    ordinal,
    gate: 'south',
    direction,
    method: 'qr',
    at: Date.now() - ago,
  });
/** The gate has asked since. */
async function eastAsked(): Promise<void> {
  const seen = async () => (await house.database.db('gate_contact').where({ gate_id: 'east' }).first()).seen_at;
  // The contact is written before entries are read: the second one says that the first answer was given.
  for (const _ of [1, 2]) {
    const before = Number(await seen());
    await until(async () => Number(await seen()) > before, 'east has asked again');
  }
}

test('an entry at another gate of the campus is shown to the guard, and refuses nobody', async () => {
  const [came, other, left, long] = await Promise.all([aVisit(), aVisit(), aVisit(), aVisit()]);
  await enter(came.reservation, { ago: 9 * 60_000 });
  await enter(came.reservation);
  await enter(other.reservation, { ordinal: 1 });
  await enter(left.reservation, { direction: 'out' });
  await enter(long.reservation, { ago: 11 * 60_000 });
  await eastAsked();
  const at = Date.now();
  const scan = (pass: typeof came.pass, when = at) => east.scan({ value: passes.qr(pass, when), device: randomUUID() });
  const again = await scan(came.pass);
  expect(again).toMatchObject({ open: true, reason: 'ok', notes: [{ kind: 'again' }] });
  expect(again.notes[0]?.message).toEqual({
    en: 'Again: this person came in 2 min ago, Gate south.',
    'zh-CN': '再次入校：此人 2 分钟前已从south门入校。',
  });
  // What happened here is newer by now.
  const [here] = (await scan(came.pass, at + step)).notes;
  expect(here?.message.en).toBe('Again: this person came in less than a minute ago, Gate east.');
  for (const { pass } of [other, left, long]) expect(await scan(pass)).toMatchObject({ open: true, notes: [] });
});

test('a gate asks only for what came since, knows it again after a start, and does without', async () => {
  const [before, after] = [await aVisit(), await aVisit()];
  await enter(before.reservation, { ago: 60_000 });
  const { db } = house.database;
  const told = async (gate: string, since: number) =>
    (await enteredElsewhere(db, gate, since)).entries.map(({ reservation }) => reservation);
  expect(await told('east', 0)).toContain(before.reservation);
  expect(await told('east', Date.now())).toContain(before.reservation);
  expect(await told('east', Date.now() + 7_000)).toEqual([]);
  expect(await told('south', 0)).toEqual([]);
  expect(await told('north', 0)).toEqual([]);

  await east.restart();
  await eastAsked();
  const scan = (pass: typeof before.pass) => east.scan({ value: passes.qr(pass), device: randomUUID() });
  expect(await scan(before.pass)).toMatchObject({ open: true, notes: [{ kind: 'again' }] });
  house.road.change = () => '';
  await east.missesFeed();
  await enter(after.reservation);
  expect(await scan(after.pass)).toMatchObject({ open: true, notes: [] });
  house.road.change = (body) => body;
});
