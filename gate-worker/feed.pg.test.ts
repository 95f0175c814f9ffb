import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { feedPageRows } from '../domain/feed.ts';
import { gateCodeBytes, makeGateCode, showGateCode } from '../domain/gate-code.ts';
import { sealingContext } from '../domain/sealed-pass.ts';
import { day } from '../domain/time.ts';
import { sealTo } from '../platform/sealing.ts';
import { appendToFeed } from '../store/gates/feed.ts';
import { aHouse, type GateUnderTest, type House } from '../testing/gate-house.ts';
import type { IssuedPass } from '../testing/passes.ts';
import { until } from '../testing/until.ts';

/** What the feed tells a gate, and what a gate makes of a feed that lies. */

let house: House;
let passes: House['passes'];
beforeAll(async () => {
  house = await aHouse();
  passes = house.passes;
});
afterAll(() => house?.close());

let east: GateUnderTest;
const issue = async (wish = {}) => {
  const pass = await passes.issue(house.database.db, house.campus, wish);
  await east.caughtUp();
  return pass;
};
beforeAll(async () => {
  east = await house.openGate('east');
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

test('what was sealed with the code in clear, before, still opens with code and document', async () => {
  const { claims, code, document } = passes.make();
  const keyed = (text: string) => createHmac('sha256', 'salt').update(text).digest('base64url');
  const doc = { salt: 'salt', hash: keyed(document), tail: keyed(document.slice(-6)) };
  const { reservation, ordinal, version, from } = claims;
  const sealed = JSON.stringify({ name: '张小三', code, from, gates: '0000000000000003', doc });
  await house.database.db.transaction((trx) =>
    appendToFeed(trx, {
      campus: house.campus,
      kind: 'pass',
      reservation,
      ordinal,
      version,
      validFrom: new Date(from),
      validUntil: new Date(claims.until),
      seal: (gate) => sealTo(gate.sealingKey, Buffer.from(sealed), sealingContext(gate.id, claims)),
    }),
  );
  await east.caughtUp();
  const scan = (typed: string) => east.scan({ kind: 'code', value: code, document: typed });
  expect(await scan('019040')).toMatchObject({ open: false, reason: 'id_required' });
  expect(await scan('01904X')).toMatchObject({ open: true });
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
  await passes.revoke(house.database.db, house.campus, pass);
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
  await passes.revoke(house.database.db, house.campus, first);
  const second = await issue({ ...first.claims, version: 3 });
  expect(await east.scan({ value: passes.qr(first) })).toMatchObject({ open: false, reason: 'revoked' });
  // The step after the one that opened: a step opens once, however long the test took.
  expect(await east.scan({ value: passes.qr(second, Date.now() + 30_000) })).toMatchObject({ open: true });
});

describe('a version that ends sooner than the one before it', () => {
  const sooner = async (first: IssuedPass, until: number) => {
    const next = await passes.issue(house.database.db, house.campus, { ...first.claims, version: 2, until });
    return { next, revoke: () => passes.revoke(house.database.db, house.campus, next) };
  };
  const refused = { open: false, reason: 'revoked' };

  test('stays the newest when its end was past before the gate came back, revoked or not', async () => {
    const [shortened, cancelled] = [await issue(), await issue()];
    let away = true;
    house.road.change = (body) => (away ? '' : body);
    try {
      await east.missesFeed();
      await sooner(shortened, Date.now() - 1_000);
      const { revoke } = await sooner(cancelled, Date.now() - 1_000);
      await revoke();
    } finally {
      away = false;
    }
    await east.caughtUp();
    expect(await east.scan({ value: passes.qr(shortened) })).toMatchObject(refused);
    expect(await east.scan({ value: passes.qr(cancelled) })).toMatchObject(refused);
  });

  test('stays the newest when its end is days ago, and its own code opens nothing', async () => {
    const first = await issue();
    const { next } = await sooner(first, Date.now() - 3 * day);
    await east.caughtUp();
    await issue();
    expect(await east.scan({ value: passes.qr(first) })).toMatchObject(refused);
    expect(await east.scan({ kind: 'code', value: next.code, document: next.document })).toMatchObject({ open: false });
  });
});

test('a page changed on its way is refused, and nothing of it is believed', async () => {
  const pass = await issue();
  house.road.change = (body) => body.replace('"kind":"revoked"', '"kind":"pass"');
  try {
    await passes.revoke(house.database.db, house.campus, pass);
    await east.missesFeed();
    expect(await east.scan({ value: passes.qr(pass) })).toMatchObject({ open: true });
  } finally {
    house.road.change = (body) => body;
  }
  await east.caughtUp();
  expect(await east.scan({ value: passes.qr(pass) })).toMatchObject({ reason: 'revoked' });
});

test('an old page does not hide what came since', async () => {
  const pass = await issue();
  let replayed = '';
  house.road.change = (body) => {
    replayed ||= body;
    return replayed;
  };
  try {
    await until(() => replayed !== '', 'a page was seen');
    await east.missesFeed();
  } finally {
    house.road.change = (body) => body;
  }
  await passes.revoke(house.database.db, house.campus, pass);
  await east.caughtUp();
  expect(await east.scan({ value: passes.qr(pass) })).toMatchObject({ reason: 'revoked' });
});

test('a feed that begins anew is read anew', async () => {
  await issue();
  await house.database.owner('gate_feed').where({ gate_id: 'east' }).delete();
  await house.database.owner('gate').where({ id: 'east' }).update({ feed_position: 0 });
  const pass = await passes.issue(house.database.db, house.campus, { name: '赵六' });
  await until(async () => (await east.scan({ value: passes.qr(pass) })).party?.name === '赵*', 'the new feed is read');
});

test('guessing stops after ten wrong codes, a QR stays free', async () => {
  const pass = await issue();
  const guess = () => east.scan({ kind: 'code', value: makeGateCode(randomBytes(gateCodeBytes)), document: '000000' });
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

test('a gate that was down knows with its first page of every revocation, also of those behind it', async () => {
  const { db } = house.database;
  const south = await house.openGate('south');
  const pass = await passes.issue(db, house.campus);
  await south.caughtUp();
  const { change } = house.road;
  const isSouths = (body: string) => body.startsWith('{"gate":"south"');
  house.road.change = (body) => (isSouths(body) ? '' : change(body));
  const window = { validFrom: new Date(), validUntil: new Date(Date.now() + day) };
  const filler = {
    campus: house.campus,
    kind: 'pass',
    ordinal: 0,
    version: 1,
    seal: () => Buffer.of(0),
    ...window,
  } as const;
  await db.transaction(async (trx) => {
    for (let n = 0; n < feedPageRows; n += 1) await appendToFeed(trx, { ...filler, reservation: randomUUID() });
  });
  await passes.revoke(db, house.campus, pass);
  // The line breaks behind the first page.
  const first = new Promise<void>((read) => {
    house.road.change = (body) => {
      if (!isSouths(body) || JSON.parse(body).rows.length === feedPageRows) return body;
      read();
      return '';
    };
  });
  await first;
  const answer = await south.scan({ value: passes.qr(pass) });
  house.road.change = change;
  expect(answer).toMatchObject({ open: false, reason: 'revoked' });
  await south.caughtUp();
  await south.stop();
});
