import { randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gatesBitmap } from '../domain/gates-bitmap.ts';
import { clockTime, day, hour, minute, shortTime } from '../domain/time.ts';
import { aHouse, type GateUnderTest, type House } from '../testing/gate-house.ts';
import { gateSettings, scannerAt } from '../testing/gates.ts';
import { until } from '../testing/until.ts';
import { openLedger } from './ledger.ts';
import { startGate } from './start.ts';

/** A gate decides alone: with engine, web and PostgreSQL away. */

let house: House;
let passes: House['passes'];
beforeAll(async () => {
  house = await aHouse();
  passes = house.passes;
});
afterAll(() => house?.close());

describe('a gate with everything else down', () => {
  let south: GateUnderTest;
  beforeAll(async () => {
    const web = await house.openWeb();
    south = await house.openGate('south', web.url);
    await south.caughtUp();
    await web.close();
    await south.missesFeed();
  });
  afterAll(() => south?.stop());

  test('says that it works and what it misses', async () => {
    expect(await south.state()).toEqual({ ready: true, degraded: ['feed', 'temporal'] });
  });

  test('opens to a pass it never heard of: the signature proves it', async () => {
    const answer = await south.scan({ value: passes.qr(passes.make()) });
    expect(answer).toMatchObject({ open: true, reason: 'ok', party: null });
    expect(answer.message['zh-CN']).not.toBe(answer.message.en);
  });

  test.each([
    ['expired', () => passes.qr(passes.make({ from: Date.now() - 20_000, until: Date.now() - 10_000 }))],
    ['not_yet_valid', () => passes.qr(passes.make({ from: Date.now() + 60_000 }))],
    ['wrong_campus', () => passes.qr(passes.make({ campus: 9 }))],
    ['wrong_gate', () => passes.qr(passes.make({ gates: gatesBitmap([1]) }))],
    ['stale_code', () => passes.qr(passes.make(), Date.now() - 120_000)],
    ['stale_code', () => passes.bareQr(passes.make())],
    ['id_required', () => passes.bareQr(passes.make({ form: 'static' }))],
    ['bad_signature', () => passes.qr(passes.make({ keyId: 2 }))],
    ['unknown_pass', () => 'https://example.invalid/somebody-elses-qr'],
  ])('refuses with %s', async (reason, value) => {
    expect(await south.scan({ value: value() })).toMatchObject({ open: false, reason, party: null });
  });

  test('says how long somebody who is early has to wait, and since when it is too late', async () => {
    const at = Date.now() + 3 * day;
    const noted = async (validity: { from: number; until?: number }) =>
      (await south.scan({ value: passes.qr(passes.make(validity)) })).notes.map(({ kind, message }) => [
        kind,
        message.en,
      ]);
    const soon = Math.ceil(Date.now() / minute) * minute + 12 * minute;
    const [[kind, told] = []] = await noted({ from: soon, until: soon + hour });
    expect(kind).toBe('early');
    expect(told).toMatch(new RegExp(`^This pass opens in 1[123] min, from ${clockTime(soon)}\\.$`));
    expect(await noted({ from: at, until: at + hour })).toEqual([['early', `This pass opens from ${shortTime(at)}.`]]);
    const ended = Date.now() - minute;
    expect(await noted({ from: ended - hour, until: ended })).toEqual([
      ['late', `This pass opened until ${shortTime(ended)}.`],
    ]);
  });

  test('a changed character of a QR is never let through', async () => {
    const text = passes.qr(passes.make());
    const at = 20;
    const value = text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
    expect((await south.scan({ value })).open).toBe(false);
  });

  test('a retry with the same nonce gets the same answer and makes no second event', async () => {
    const wish = { value: passes.qr(passes.make()), nonce: randomUUID() };
    const first = await south.scan(wish);
    expect(await south.scan(wish)).toEqual(first);
    expect(eventsOf(south.settings.GATE_STORE, wish.nonce)).toBe(1);
    expect(await south.scan({ ...wish, value: passes.qr(passes.make()) })).toMatchObject({
      open: false,
      reason: 'error',
    });
  });

  test('a retry finds its answer after a restart too', async () => {
    const wish = { value: passes.qr(passes.make()), nonce: randomUUID() };
    const first = await south.scan(wish);
    await south.restart();
    expect(await south.scan(wish)).toEqual(first);
    expect(eventsOf(south.settings.GATE_STORE, wish.nonce)).toBe(1);
  });
});

test('a gate that never reached its feed decides nothing and says so', async () => {
  const settings = await gateSettings({ id: 'south', keys: house.keys.folders.gates.south?.folder ?? '' });
  const gate = await startGate(settings);
  const scan = scannerAt(() => gate.url, house.keys.gate('south').device.token);
  expect(await scan({ value: passes.qr(passes.make()) })).toMatchObject({ open: false, reason: 'device_offline' });
  expect((await fetch(`${gate.opsUrl}/readyz`)).status).toBe(503);
  await gate.stop();
});

test('a gate refuses to start with the keys of another', async () => {
  const settings = await gateSettings({ id: 'south', keys: house.keys.folders.gates.east?.folder ?? '' });
  await expect(startGate(settings)).rejects.toThrow('keys of gate east');
});

test('a gate that cannot write goes on, warns the guard, and says so to operators and to the office', async () => {
  const south = await house.openGate('south');
  const told = async () => {
    const row = await house.database.db('gate_contact').where({ gate_id: 'south' }).first();
    return row && { since: row.disk_failing_since, kept: row.disk_kept, lost: row.disk_lost };
  };
  await south.caughtUp();
  expect(await told()).toEqual({ since: null, kept: null, lost: null });
  const began = new Date();
  const other = openLedger(south.settings.GATE_STORE);
  other.exec(`create trigger full before insert on scan begin select raise(abort, 'disk full'); end`);
  const opened = await south.scan({ value: passes.qr(passes.make()) });
  expect(opened).toMatchObject({ open: true, reason: 'ok', notes: [{ kind: 'unwritten' }] });
  expect((await south.state()).degraded).toContain('disk');
  expect(await south.scan({ value: passes.bareQr(passes.make()) })).toMatchObject({ open: false });
  const since = await until(async () => {
    const disk = await told();
    return disk?.kept === 2 && disk.since;
  }, 'the office knows that two answers are in memory only');
  expect(await told()).toEqual({ since, kept: 2, lost: 0 });
  expect(since >= began && since <= new Date()).toBe(true);

  other.exec('drop trigger full');
  other.close();
  await until(async () => (await told())?.since === null, 'the office knows that the disk takes everything again');
  await south.stop();
});

function eventsOf(file: string, nonce: string): number {
  const ledger = new DatabaseSync(file, { readOnly: true });
  const row = ledger.prepare('select count(*) as n from scan where nonce = ? and event is not null').get(nonce);
  ledger.close();
  return Number(row?.n);
}
