import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import express from 'express';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gateCodeBytes, makeGateCode, showGateCode } from '../domain/gate-code.ts';
import { gatesBitmap } from '../domain/gates-bitmap.ts';
import { reasonCodes } from '../domain/reason-codes.ts';
import { aCampus } from '../testing/campus.ts';
import { gateSettings, scannerAt, serve } from '../testing/gates.ts';
import { testKeys } from '../testing/keys.ts';
import { passesOf } from '../testing/passes.ts';
import { freshDatabase, type TestDatabase } from '../testing/postgres.ts';
import { until } from '../testing/until.ts';
import { feedRoutes } from '../web/gates/routes.ts';
import { openLedger } from './ledger.ts';
import { type RunningGate, startGate } from './start.ts';

/** Gates with a real feed from a real `web` route; the engine is down all the while. */

let database: TestDatabase;
let keys: Awaited<ReturnType<typeof testKeys>>;
let passes: ReturnType<typeof passesOf>;
let campus: string;
let recordingCampus: string;
let web: { url: string; close(): Promise<void> };
/** What happens to a page on its way to the gate. */
let onTheWay: (body: string) => string = (body) => body;

beforeAll(async () => {
  [database, keys] = await Promise.all([freshDatabase(), testKeys(['south', 'east', 'north'])]);
  passes = passesOf(keys);
  const { south, east, north } = keys.folders.gates;
  if (!south || !east || !north) throw new Error('no keys');
  campus = (await aCampus(database.owner, { south, east })).id;
  recordingCampus = (await aCampus(database.owner, { north }, { number: 2, exitsRecorded: true })).id;
  const app = express();
  app.use((_req, res, next) => {
    const send = res.send.bind(res);
    res.send = (body) => send(typeof body === 'string' ? onTheWay(body) : body);
    next();
  });
  web = await serve(app.use(feedRoutes({ db: database.db, keys: keys.web })));
});
afterAll(async () => {
  await web?.close();
  await database?.drop();
});

/** A gate that has read its feed to the head. */
async function aGate(id: 'south' | 'east' | 'north', feed: string = web.url) {
  const folder = keys.folders.gates[id]?.folder ?? '';
  const settings = await gateSettings({ id, keys: folder, feed });
  let gate: RunningGate = await startGate(settings);
  const ready = async () =>
    (await fetch(`${gate.opsUrl}/readyz`)).json() as Promise<{ ready: boolean; degraded: string[] }>;
  const head = async () => (await database.db('gate').where({ id }).first()).feed_position;
  const contact = async () => (await database.db('gate_contact').where({ gate_id: id }).first())?.pulled_through ?? -1;
  return {
    settings,
    ready,
    scan: scannerAt(() => gate.url, keys.gate(id).device.token),
    url: () => gate.url,
    /** The next contact after a page was applied says so. */
    caughtUp: () => until(async () => (await contact()) >= (await head()), `${id} has read its feed`),
    known: () => until(async () => (await ready()).ready, `${id} knows its place`),
    stop: () => gate.stop(),
    async again() {
      await gate.stop();
      gate = await startGate(settings);
    },
  };
}

describe('a gate with everything else down', () => {
  let south: Awaited<ReturnType<typeof aGate>>;
  const away = { close: async () => {}, url: '' };
  beforeAll(async () => {
    const own = await serve(express().use(feedRoutes({ db: database.db, keys: keys.web })));
    Object.assign(away, own);
    south = await aGate('south', own.url);
    await south.known();
    await south.caughtUp();
    await own.close();
    await until(async () => (await south.ready()).degraded.includes('feed'), 'the feed is missed');
  });
  afterAll(() => south?.stop());

  test('says that it works and what it misses', async () => {
    expect(await south.ready()).toEqual({ ready: true, degraded: ['feed', 'temporal'] });
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
    await south.again();
    expect(await south.scan(wish)).toEqual(first);
    expect(eventsOf(south.settings.GATE_STORE, wish.nonce)).toBe(1);
  });
});

test('a gate that never reached its feed decides nothing and says so', async () => {
  const settings = await gateSettings({ id: 'south', keys: keys.folders.gates.south?.folder ?? '' });
  const gate = await startGate(settings);
  const scan = scannerAt(() => gate.url, keys.gate('south').device.token);
  expect(await scan({ value: passes.qr(passes.make()) })).toMatchObject({ open: false, reason: 'device_offline' });
  expect((await fetch(`${gate.opsUrl}/readyz`)).status).toBe(503);
  await gate.stop();
});

test('a gate refuses to start with the keys of another', async () => {
  const settings = await gateSettings({ id: 'south', keys: keys.folders.gates.east?.folder ?? '' });
  await expect(startGate(settings)).rejects.toThrow('keys of gate east');
});

describe('what the feed tells', () => {
  let east: Awaited<ReturnType<typeof aGate>>;
  const issue = async (wish = {}) => {
    const pass = await passes.issue(database.db, campus, wish);
    await east.caughtUp();
    return pass;
  };
  beforeAll(async () => {
    east = await aGate('east');
    await east.known();
  });
  afterAll(() => east?.stop());

  test('the guard sees name and plate masked', async () => {
    const pass = await issue({ name: '张小三', plate: '京A12345' });
    expect((await east.scan({ value: passes.qr(pass) })).party).toEqual({ name: '张*三', plate: '京A**345' });
  });

  test('a gate code alone asks for the document, with its last six characters it opens', async () => {
    const pass = await issue();
    const value = showGateCode(pass.code).toLowerCase();
    expect(await east.scan({ kind: 'code', value })).toMatchObject({ open: false, reason: 'id_required' });
    expect(await east.scan({ kind: 'code', value, document: '000000' })).toMatchObject({ reason: 'id_required' });
    expect(await east.scan({ kind: 'code', value, document: '０１９０４x' })).toMatchObject({
      open: true,
      reason: 'ok',
    });
    expect(await east.scan({ kind: 'code', value, document: pass.document })).toMatchObject({ open: true });
  });

  test('a gate code is good in its window only', async () => {
    const early = await issue({ from: Date.now() + 60_000 });
    expect(await east.scan({ kind: 'code', value: early.code, document: early.document })).toMatchObject({
      open: false,
      reason: 'not_yet_valid',
    });
  });

  test('two people with the same code are told apart by their documents', async () => {
    const code = makeGateCode(randomBytes(gateCodeBytes));
    await issue({ code, name: '王一', document: '110199200001019010' });
    await issue({ code, name: '李二', document: '610199196512319030' });
    const named = async (document: string) => (await east.scan({ kind: 'code', value: code, document })).party?.name;
    expect([await named('019010'), await named('319030')]).toEqual(['王*', '李*']);
  });

  test('paper opens with the document', async () => {
    const pass = await issue({ form: 'static' });
    expect(await east.scan({ value: passes.bareQr(pass), document: '01904X' })).toMatchObject({ open: true });
    expect(await east.scan({ value: passes.bareQr(pass), document: '019040' })).toMatchObject({
      reason: 'id_required',
    });
  });

  test('a revoked pass is refused by QR and by code, and the guard sees whose it was', async () => {
    const pass = await issue();
    expect(await east.scan({ value: passes.qr(pass) })).toMatchObject({ open: true });
    await passes.revoke(database.db, campus, pass);
    await east.caughtUp();
    const refused = { open: false, reason: 'revoked', party: { name: '张*三' } };
    expect(await east.scan({ value: passes.qr(pass) })).toMatchObject(refused);
    expect(await east.scan({ kind: 'code', value: pass.code, document: pass.document })).toMatchObject(refused);
  });

  test('a version above the stored one is accepted before the feed tells of it, one below is revoked', async () => {
    const first = await issue({ version: 2 });
    const next = passes.make({ ...first.claims, version: 3 });
    const old = passes.make({ ...first.claims, version: 1 });
    expect(await east.scan({ value: passes.qr(next) })).toMatchObject({ open: true });
    expect(await east.scan({ value: passes.qr(old) })).toMatchObject({ open: false, reason: 'revoked' });
    await passes.revoke(database.db, campus, first);
    const second = await issue({ ...first.claims, version: 3 });
    expect(await east.scan({ value: passes.qr(first) })).toMatchObject({ open: false, reason: 'revoked' });
    expect(await east.scan({ value: passes.qr(second) })).toMatchObject({ open: true });
  });

  test('a page changed on its way is refused, and nothing of it is believed', async () => {
    const pass = await issue();
    onTheWay = (body) => body.replace('"kind":"revoked"', '"kind":"pass"');
    try {
      await passes.revoke(database.db, campus, pass);
      await until(async () => (await east.ready()).degraded.includes('feed'), 'the page is refused');
      expect(await east.scan({ value: passes.qr(pass) })).toMatchObject({ open: true });
    } finally {
      onTheWay = (body) => body;
    }
    await east.caughtUp();
    expect(await east.scan({ value: passes.qr(pass) })).toMatchObject({ reason: 'revoked' });
  });

  test('an old page does not hide what came since', async () => {
    const pass = await issue();
    let replayed = '';
    onTheWay = (body) => {
      replayed ||= body;
      return replayed;
    };
    try {
      await until(() => replayed !== '', 'a page was seen');
      await until(async () => (await east.ready()).degraded.includes('feed'), 'the old page is refused');
    } finally {
      onTheWay = (body) => body;
    }
    await passes.revoke(database.db, campus, pass);
    await east.caughtUp();
    expect(await east.scan({ value: passes.qr(pass) })).toMatchObject({ reason: 'revoked' });
  });

  test('a feed that begins anew is read anew', async () => {
    await issue();
    await database.owner('gate_feed').where({ gate_id: 'east' }).delete();
    await database.owner('gate').where({ id: 'east' }).update({ feed_position: 0 });
    const pass = await passes.issue(database.db, campus, { name: '赵六' });
    await until(
      async () => (await east.scan({ value: passes.qr(pass) })).party?.name === '赵*',
      'the new feed is read',
    );
  });

  test('guessing stops after ten wrong codes, a QR stays free', async () => {
    const pass = await issue();
    const guess = () =>
      east.scan({ kind: 'code', value: makeGateCode(randomBytes(gateCodeBytes)), document: '000000' });
    await until(async () => (await guess()).reason === 'too_many_tries', 'guessing is stopped');
    const right = { kind: 'code', value: pass.code, document: pass.document } as const;
    expect(await east.scan(right)).toMatchObject({ open: false, reason: 'too_many_tries', party: null });
    expect(await east.scan({ value: passes.qr(pass) })).toMatchObject({ open: true });
  });

  test('nothing readable of a person lies in the gate’s file', async () => {
    await issue({ name: '欧阳标记', plate: '京B98765', document: '931999198501019014' });
    const code = makeGateCode(randomBytes(gateCodeBytes));
    const pass = await issue({ name: '欧阳标记', code });
    const value = passes.qr(pass);
    await east.scan({ value });
    await east.scan({ kind: 'code', value: code });
    const { GATE_STORE } = east.settings;
    const bytes = Buffer.concat([readFileSync(GATE_STORE), readFileSync(`${GATE_STORE}-wal`)]);
    for (const marked of ['欧阳', '欧*', '标记', '98765', '**765', '019014', '01904X', code, value.slice(4, 60)]) {
      expect(bytes.includes(Buffer.from(marked))).toBe(false);
    }
  });
});

describe('where exits are recorded', () => {
  let north: Awaited<ReturnType<typeof aGate>>;
  const make = (wish = {}) => passes.make({ campus: 2, ...wish });
  beforeAll(async () => {
    north = await aGate('north');
    await north.known();
  });
  afterAll(() => north?.stop());

  test('a second entry is already_inside, and after leaving one may come again', async () => {
    const pass = make();
    const at = (direction: 'in' | 'out') => north.scan({ value: passes.qr(pass), direction });
    expect(await at('in')).toMatchObject({ open: true, reason: 'ok' });
    expect(await at('in')).toMatchObject({ open: false, reason: 'already_inside' });
    expect(await at('out')).toMatchObject({ open: true, reason: 'ok' });
    expect(await at('out')).toMatchObject({ open: true, reason: 'not_inside' });
    expect(await at('in')).toMatchObject({ open: true, reason: 'ok' });
  });

  test('an exit opens after the window, and after a revocation', async () => {
    const late = make({ from: Date.now() - 20_000, until: Date.now() - 10_000 });
    expect(await north.scan({ value: passes.qr(late), direction: 'out' })).toMatchObject({ open: true });
    const pass = await passes.issue(database.db, recordingCampus, { campus: 2 });
    await passes.revoke(database.db, recordingCampus, pass);
    await north.caughtUp();
    expect(await north.scan({ value: passes.qr(pass) })).toMatchObject({ reason: 'revoked' });
    expect(await north.scan({ value: passes.qr(pass), direction: 'out' })).toMatchObject({ open: true });
  });
});

describe('the scanner’s door', () => {
  let south: Awaited<ReturnType<typeof aGate>>;
  beforeAll(async () => {
    south = await aGate('south');
    await south.known();
  });
  afterAll(() => south?.stop());
  const post = (body: string, headers: Record<string, string> = {}) =>
    fetch(`${south.url()}/scan`, { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body });
  const good = () =>
    JSON.stringify({
      device: 'd',
      credential: { kind: 'qr', value: passes.qr(passes.make()) },
      direction: 'in',
      nonce: randomUUID(),
    });

  test.each([
    ['no token', undefined],
    ['a wrong token', `Bearer ${'x'.repeat(32)}`],
    ["another gate's token", 'east'],
    ['another scheme', 'Basic eDp5'],
  ])('%s is not let in', async (_name, authorization) => {
    const given = authorization === 'east' ? `Bearer ${keys.gate('east').device.token}` : authorization;
    const response = await post(good(), given ? { Authorization: given } : {});
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ open: false, reason: 'error' });
  });

  test.each([
    ['no JSON', '{'],
    [
      'an unknown kind',
      JSON.stringify({ device: 'd', credential: { kind: 'face', value: 'x' }, direction: 'in', nonce: '12345678' }),
    ],
    ['no nonce', JSON.stringify({ device: 'd', credential: { kind: 'qr', value: 'x' }, direction: 'in' })],
    ['no direction', JSON.stringify({ device: 'd', credential: { kind: 'qr', value: 'x' }, nonce: '12345678' })],
  ])('%s is refused in the same shape', async (_name, body) => {
    const response = await post(body, { Authorization: `Bearer ${keys.gate('south').device.token}` });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ open: false, reason: 'error', party: null });
  });

  test('a long body is not read', async () => {
    const response = await post(`{"x":"${'x'.repeat(5_000)}"}`, {
      Authorization: `Bearer ${keys.gate('south').device.token}`,
    });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ open: false });
  });
});

test('a gate that cannot write opens to nobody', async () => {
  const south = await aGate('south');
  await south.known();
  const other = openLedger(south.settings.GATE_STORE);
  other.exec(`create trigger full before insert on scan begin select raise(abort, 'disk full'); end`);
  other.close();
  expect(await south.scan({ value: passes.qr(passes.make()) })).toMatchObject({ open: false, reason: 'error' });
  await south.stop();
});

test('every reason code has a sentence in both languages', async () => {
  const { sentences } = await import('./scan-routes.ts');
  for (const reason of reasonCodes)
    expect(Object.values(sentences(reason)).every((text) => text.length > 3)).toBe(true);
});

function eventsOf(file: string, nonce: string): number {
  const ledger = new DatabaseSync(file, { readOnly: true });
  const row = ledger.prepare('select count(*) as n from scan where nonce = ? and event is not null').get(nonce);
  ledger.close();
  return Number(row?.n);
}
