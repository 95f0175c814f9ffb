import { randomBytes, randomUUID } from 'node:crypto';
import { load } from 'cheerio';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { feedPageRows } from '../domain/feed.ts';
import { gateCodeBytes, makeGateCode } from '../domain/gate-code.ts';
import { proveDocument } from '../platform/document-proof.ts';
import { createGateCodes } from '../platform/gate-codes.ts';
import { sealPass } from '../store/gates/pass-sealing.ts';
import { aHouse, type GateUnderTest, type House } from '../testing/gate-house.ts';
import type { IssuedPass, PassWish } from '../testing/passes.ts';
import { until } from '../testing/until.ts';
import { openLedger } from './ledger.ts';

/** A feed whose database went back, a box that was replaced, and a store that is not complete yet. */

let house: House;
let east: GateUnderTest;
beforeEach(async () => {
  house = await aHouse();
});
afterEach(async () => {
  await east?.stop();
  await house?.close();
});

const issue = (wish: PassWish = {}) => house.passes.issue(house.database.db, house.campus, wish);
const revoke = (pass: IssuedPass) => house.passes.revoke(house.database.db, house.campus, pass);
const scan = (pass: IssuedPass, device = randomUUID()) => east.scan({ value: house.passes.qr(pass), device });
const degraded = async () => (await east.state()).degraded;

/** What a backup of now brings back later. */
async function backup() {
  const { owner } = house.database;
  const gates = await owner('gate').select('id', 'feed_position', 'feed_mark');
  return async () => {
    for (const { id, ...at } of gates) {
      await owner('gate_feed').where({ gate_id: id }).andWhere('position', '>', at.feed_position).delete();
      await owner('gate').where({ id }).update(at);
    }
  };
}

async function consoleText(): Promise<string> {
  const headers = { 'Sec-Fetch-Site': 'same-origin' };
  const login = await fetch(`${east.url()}/login`, {
    method: 'POST',
    headers,
    body: new URLSearchParams({ secret: east.token }),
    redirect: 'manual',
  });
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
  return load(await (await fetch(east.url(), { headers: { cookie } })).text())('main').text();
}

test('a pass revoked before or after a restore does not open, though the feed gives its position to others', async () => {
  east = await house.openGate('east');
  const [first, second] = [await issue(), await issue()];
  await east.caughtUp();
  const restore = await backup();
  await revoke(first);
  await issue();
  await east.caughtUp();
  await until(async () => (await scan(first)).reason === 'revoked', 'the gate knows of the revocation');
  expect(await degraded()).not.toContain('feed_anew');

  let away = true;
  house.road.change = (body) => (away ? '' : body);
  await east.missesFeed();
  await restore();
  // The revocation takes a position that the gate has read already.
  await revoke(second);
  await issue();
  await issue();
  away = false;
  await until(async () => (await degraded()).includes('feed_anew'), 'the gate says that the feed began anew');
  await until(async () => !(await degraded()).includes('catching_up'), 'everything is read again');
  expect(await scan(second)).toMatchObject({ open: false, reason: 'revoked' });
  expect(await scan(first)).toMatchObject({ open: false, reason: 'revoked' });
  expect(await consoleText()).toContain('重新读取全部凭证信息');
});

test('a replaced box takes a superseded pass for superseded, though it opens no row of the former box', async () => {
  const first = await issue();
  const second = await issue({ ...first.claims, version: 2 });
  const gone = await issue();
  await revoke(gone);
  const { south } = house.keys.folders.gates;
  // East's rows are sealed to another key than the box at east has.
  await house.database.owner('gate_feed').where({ gate_id: 'east' }).delete();
  await house.database.owner.raw(
    "update gate_feed set gate_id = 'east' where gate_id = 'south'; update gate set feed_mark = s.feed_mark from gate s where s.id = 'south' and gate.id = 'east'",
  );
  expect(south).toBeDefined();
  east = await house.openGate('east');
  await until(async () => (await degraded()).includes('catching_up') === false, 'everything is read');
  expect(await scan(first)).toMatchObject({ open: false, reason: 'revoked' });
  expect(await scan(gone)).toMatchObject({ open: false, reason: 'revoked' });
  expect(await scan(second)).toMatchObject({ open: true, reason: 'ok', party: null });
});

test('a feed of another epoch is read from the beginning: a code that was reissued opens, the former one does not', async () => {
  east = await house.openGate('east');
  const pass = await issue();
  await east.caughtUp();
  const scanCode = (code: string) => east.scan({ kind: 'code', value: code, document: pass.document });
  expect(await scanCode(pass.code)).toMatchObject({ open: true });
  const code = makeGateCode(randomBytes(gateCodeBytes));
  const { claims } = pass;
  const told = { ...claims, name: '张小三', plate: null, gateCode: code, from: new Date(claims.from) };
  const proof = await proveDocument(pass.document);
  const gate = { id: 'east', sealingKey: house.keys.folders.gates.east?.sealingKey ?? Buffer.alloc(0) };
  const sealed = sealPass(gate, { ...told, proof }, createGateCodes(house.keys.web.codec));
  await house.database.owner('gate_feed').where({ gate_id: 'east' }).update({ sealed });
  const epoch = randomUUID();
  await house.database.owner('gate').where({ id: 'east' }).update({ feed_epoch: epoch });
  // Not asked of the gate: after ten wrong codes it takes none for a while.
  const store = openLedger(east.settings.GATE_STORE);
  const read = store.prepare(`select value from fact where name = 'epoch'`);
  await until(() => read.get()?.value === epoch, 'the gate has read its feed anew');
  store.close();
  expect(await scanCode(code)).toMatchObject({ open: true });
  expect(await scanCode(pass.code)).toMatchObject({ open: false, reason: 'unknown_pass' });
  expect(await degraded()).not.toContain('feed_anew');
});

test('an empty store says that it is catching up until it holds everything up to the head', async () => {
  const { owner } = house.database;
  const later = new Date(Date.now() + 3_600_000);
  const rows = Array.from({ length: feedPageRows }, (_, index) => ({
    gate_id: 'east',
    position: index + 1,
    kind: 'revoked',
    reservation_id: randomUUID(),
    ordinal: 0,
    version: 1,
    valid_until: later,
    kept_until: later,
    sealed: Buffer.from('{}'),
  }));
  await owner('gate_feed').insert(rows);
  await owner('gate').where({ id: 'east' }).update({ feed_position: feedPageRows });
  const [pass, other] = [await issue(), await issue()];
  await revoke(pass);
  let half = true;
  house.road.change = (body) => (half && body.includes(`"from":${feedPageRows}`) ? '' : body);
  east = await house.openGate('east');
  expect(await degraded()).toContain('catching_up');
  expect(await consoleText()).toContain('正在补读');
  // What its signature proves opens meanwhile, and the guard is told; revocations come ahead of their turn.
  expect(await scan(other)).toMatchObject({ open: true, notes: [{ kind: 'catching_up' }] });
  expect(await scan(pass)).toMatchObject({ open: false, reason: 'revoked' });
  half = false;
  await until(async () => !(await degraded()).includes('catching_up'), 'everything is read');
  expect(await scan(pass)).toMatchObject({ open: false, reason: 'revoked', notes: [] });
  expect(await consoleText()).not.toContain('正在补读');
});
