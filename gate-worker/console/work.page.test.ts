import { randomUUID } from 'node:crypto';
import { load } from 'cheerio';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hashPassword } from '../../platform/password.ts';
import { giveGatePin } from '../../store/staff/gate-pin.ts';
import { createStaff } from '../../store/staff/staff.ts';
import { aHouse, type GateUnderTest, type House } from '../../testing/gate-house.ts';
import { until } from '../../testing/until.ts';
import { openLedger } from '../ledger.ts';

/** A guard's shift: who may come, whom the guard lets in by hand, what the next one has to know. North records exits. */

let house: House;
let gate: GateUnderTest;
let guard: string;
let cookie: string;
const pin = '01234567';

beforeAll(async () => {
  house = await aHouse();
  guard = await createStaff(house.database.owner, {
    name: '王卫',
    username: 'wang.wei',
    roles: [{ role: 'security' }],
  });
  await giveGatePin(house.database.db, { staff: guard, hash: await hashPassword(pin) });
  gate = await house.openGate('north');
  await until(async () => (await (await fetch(`${gate.url()}/login`)).text()).includes('username'), 'guards are known');
  const answer = await post('/login', { username: 'wang.wei', secret: pin }, '');
  cookie = answer.get('Set-Cookie')?.[0]?.split(';')[0] ?? '';
});
afterAll(async () => {
  await gate?.stop();
  await house?.close();
});

const post = (path: string, fields: object, session = cookie) =>
  request(gate.url()).post(path).set('Sec-Fetch-Site', 'same-origin').set('Cookie', session).type('form').send(fields);
const page = async (path: string) => load((await request(gate.url()).get(path).set('Cookie', cookie)).text);
async function issue(wish: Parameters<House['passes']['issue']>[2] = {}) {
  const pass = await house.passes.issue(house.database.db, house.recordingCampus, { campus: 2, ...wish });
  await gate.caughtUp();
  return pass;
}
const check = async (credential: string, direction = 'in') => {
  const nonce = randomUUID();
  return { nonce, $: load((await post('/scans', { nonce, credential, direction })).text) };
};
const events = (reservation: string) => {
  const ledger = openLedger(gate.settings.GATE_STORE);
  try {
    return ledger
      .prepare(
        `select direction, method, guard, by_hand, open, version from scan
          where reservation = ? and event is not null order by rowid`,
      )
      .all(reservation);
  } finally {
    ledger.close();
  }
};

describe('letting in by hand', () => {
  test('overrules a refusal with a reason: that is the entry, and the guard’s', async () => {
    const pass = await issue();
    const { $, nonce } = await check(pass.code);
    expect($('.answer').attr('data-reason')).toBe('id_required');
    const form = $('.hand form');
    expect(form.find('[name=of]').val()).toBe(nonce);
    const sent = { of: nonce, nonce: form.find('[name=nonce]').val(), reason: 'phone_fails' };
    for (let twice = 0; twice < 2; twice += 1) {
      const answer = load((await post('/entries', sent)).text);
      expect(answer('.answer').attr('data-open')).toBe('true');
      expect(answer('.party').first().text()).toBe('张*三');
    }
    const entry = {
      direction: 'in',
      method: 'hand',
      guard,
      by_hand: 'phone_fails',
      open: 1,
      version: pass.claims.version,
    };
    expect(events(pass.claims.reservation)).toEqual([entry]);
    // The person is inside: the exit opens with nothing missing.
    const exit = await check(house.passes.qr(pass), 'out');
    expect(exit.$('.answer').attr('data-reason')).toBe('ok');
  });

  test('needs a reason', async () => {
    const pass = await issue();
    const { nonce } = await check(pass.code);
    for (const reason of ['', 'no reason of ours']) {
      const answer = await post('/entries', { of: nonce, nonce: randomUUID(), reason });
      expect([answer.status, load(answer.text)('.fault').first().text()]).toEqual([422, '没有放行：请选择放行原因。']);
    }
    expect(events(pass.claims.reservation)).toEqual([]);
  });

  test('overrules neither a pass that was taken back, nor one of another campus, nor what is no pass', async () => {
    const pass = await issue();
    await house.passes.revoke(house.database.db, house.recordingCampus, pass);
    await gate.caughtUp();
    const elsewhere = house.passes.make({ campus: 1 });
    for (const [credential, reason] of [
      [house.passes.qr(pass), 'revoked'],
      [house.passes.qr(elsewhere), 'wrong_campus'],
      ['nothing', 'unknown_pass'],
    ] as const) {
      const { $, nonce } = await check(credential);
      expect([$('.answer').attr('data-reason'), $('.hand').length]).toEqual([reason, 0]);
      const answer = await post('/entries', { of: nonce, nonce: randomUUID(), reason: 'other' });
      expect([answer.status, load(answer.text)('.fault').first().text()]).toEqual([
        422,
        expect.stringContaining('没有放行'),
      ]);
    }
    expect([...events(pass.claims.reservation), ...events(elsewhere.claims.reservation)]).toEqual([]);
  });

  test('is for whoever is logged in', async () => {
    const pass = await issue();
    const { nonce } = await check(pass.code);
    const answer = await post('/entries', { of: nonce, nonce: randomUUID(), reason: 'other' }, '');
    expect([answer.status, answer.get('Location'), events(pass.claims.reservation)]).toEqual([303, '/login', []]);
  });
});

describe('today', () => {
  test('two people of one name are told apart, found by what they can say, and none is let in by one tap', async () => {
    const one = await issue({ name: '欧阳伟', number: '13800001111' });
    const other = await issue({ name: '欧阳伟', number: '13800002222', plate: '京A54321' });
    const $ = await page('/today');
    const namesakes = $('.person').filter((_, row) => $(row).text().includes('欧*伟'));
    expect(
      namesakes
        .map((_, row) => $(row).find('.party').text())
        .get()
        .toSorted(),
    ).toEqual(['欧*伟 手机尾号 1111', '欧*伟 手机尾号 2222 · 京A**321']);
    expect($('body').text()).not.toContain('欧阳伟');
    for (const [sought, found] of [
      ['欧阳伟', 2],
      ['2222', 1],
      ['京a54321', 1],
      [one.code, 1],
      ['欧阳丽', 0],
    ] as const) {
      const answer = load((await post('/today/searches', { sought })).text);
      expect([sought, answer('.person').length]).toEqual([sought, found]);
    }
    const { reservation, ordinal } = other.claims;
    const form = { reservation, ordinal, nonce: randomUUID() };
    expect((await post('/entries', { ...form, reason: '' })).status).toBe(422);
    expect((await post('/entries', { ...form, reason: 'document_shown' })).status).toBe(200);
    expect(events(reservation)).toMatchObject([{ version: other.claims.version }]);
    expect(events(one.claims.reservation)).toEqual([]);
    const then = load((await post('/today/searches', { sought: '2222' })).text);
    expect(then('.person').text()).toContain('已入校');
  });

  test('a pass that is not for today is nobody’s entry', async () => {
    const day = 24 * 3_600_000;
    const pass = await issue({ name: '明后天', from: Date.now() + 2 * day, until: Date.now() + 3 * day });
    expect((await page('/today'))('body').text()).not.toContain('明*天');
    const { reservation, ordinal } = pass.claims;
    const answer = await post('/entries', { reservation, ordinal, nonce: randomUUID(), reason: 'other' });
    expect([answer.status, events(reservation)]).toEqual([422, []]);
  });
});

describe('the shift', () => {
  test('a note reaches the next guard, and is kept sealed', async () => {
    const note = '东侧道闸要人工抬杆';
    const $ = await page('/shift');
    const left = await post('/shift/notes', { id: $('[name=id]').val(), note });
    expect([left.status, left.get('Location')]).toEqual([303, '/shift?saved']);
    const then = await page('/shift');
    expect(then('.written').first().text()).toBe(note);
    expect(then('article').first().text()).toContain('王卫');
    const ledger = openLedger(gate.settings.GATE_STORE);
    const [row] = ledger.prepare('select note_enc from handover').all();
    ledger.close();
    expect(Buffer.from(row?.note_enc as Uint8Array).includes(note)).toBe(false);
  });

  test('a note that says nothing, or too much, is told at the field and kept', async () => {
    for (const [note, said] of [
      ['  ', '请写下留言。'],
      ['长'.repeat(1_001), '留言最多 1000 个字。'],
    ] as const) {
      const answer = await post('/shift/notes', { id: randomUUID(), note });
      const $ = load(answer.text);
      expect([answer.status, $('[role=alert]').text(), $('textarea').text()]).toEqual([422, said, note.trim()]);
    }
  });

  test('names what was done by hand, with reason and guard', async () => {
    const pass = await issue({ name: '孙大圣' });
    const { reservation, ordinal } = pass.claims;
    await post('/entries', { reservation, ordinal, nonce: randomUUID(), reason: 'department_asked' });
    const acts = (await page('/shift'))('.latest').text();
    for (const word of ['孙*圣', '受访部门要求放行', '王卫']) expect(acts).toContain(word);
  });
});

test('the checking page lists what was answered last, the newest first', async () => {
  const pass = await issue({ name: '周末来' });
  await check(pass.code);
  await check('nothing');
  const lines = (await page('/'))('#latest li');
  expect(lines.first().text()).toContain('没有找到凭证');
  expect(lines.eq(1).text()).toContain('周*来');
});
