import { load } from 'cheerio';
import express from 'express';
import request from 'supertest';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createLog } from '../../platform/log.ts';
import { aCampus } from '../../testing/campus.ts';
import { gateSettings, serve } from '../../testing/gates.ts';
import { testKeys } from '../../testing/keys.ts';
import { passesOf } from '../../testing/passes.ts';
import { freshDatabase, type TestDatabase } from '../../testing/postgres.ts';
import { until } from '../../testing/until.ts';
import { feedRoutes } from '../../web/gates/routes.ts';
import { openLedger } from '../ledger.ts';
import { type RunningGate, startGate } from '../start.ts';

/** The gate's page with JavaScript off: what a guard sees and sends. */

let database: TestDatabase;
let keys: Awaited<ReturnType<typeof testKeys>>;
let passes: ReturnType<typeof passesOf>;
let campus: string;
let web: { url: string; close(): Promise<void> };
let gate: RunningGate;
let store: string;

beforeAll(async () => {
  [database, keys] = await Promise.all([freshDatabase(), testKeys(['south'])]);
  passes = passesOf(keys);
  campus = (await aCampus(database.owner, keys.folders.gates, { exitsRecorded: true })).id;
  web = await serve(express().use(feedRoutes({ db: database.db, keys: keys.web, log: createLog('test', 'silent') })));
  const folder = keys.folders.gates.south?.folder ?? '';
  const settings = await gateSettings({ id: 'south', keys: folder, feed: web.url });
  store = settings.GATE_STORE;
  gate = await startGate(settings);
  await until(async () => (await fetch(`${gate.opsUrl}/readyz`)).ok, 'the gate knows its place');
});
afterAll(async () => {
  await gate?.stop();
  await web?.close();
  await database?.drop();
});
beforeEach(() => {
  const ledger = openLedger(store);
  ledger.exec('delete from failed_login');
  ledger.close();
});

const at = () => request(gate.url);
const post = (path: string, fields: Record<string, string>, cookie = '') =>
  at().post(path).set('Sec-Fetch-Site', 'same-origin').set('Cookie', cookie).type('form').send(fields);
const login = (secret: string) => post('/login', { secret });
async function signIn(secret = keys.folders.gates.south?.pin ?? ''): Promise<string> {
  const answer = await login(secret);
  expect([answer.status, answer.get('Location')]).toEqual([303, '/']);
  return answer.get('Set-Cookie')?.[0]?.split(';')[0] ?? '';
}
async function blankForm(cookie: string) {
  const $ = load((await at().get('/').set('Cookie', cookie)).text);
  return { nonce: String($('[name=nonce]').val()), $ };
}
async function issue() {
  const pass = await passes.issue(database.db, campus, { plate: '京A12345' });
  const told = async () => (await database.db('gate_contact').first()).pulled_through;
  const head = (await database.db('gate').first()).feed_position;
  await until(async () => (await told()) >= head, 'the gate was told');
  return pass;
}
async function scan(cookie: string, fields: Record<string, string>) {
  const { nonce } = await blankForm(cookie);
  return load((await post('/scans', { nonce, ...fields }, cookie)).text);
}

describe('logging in', () => {
  test('without a login only the login page opens', async () => {
    for (const [path, answer] of [
      ['/', await at().get('/')],
      ['/scans', await post('/scans', { nonce: 'x' })],
    ] as const) {
      expect([path, answer.status, answer.get('Location')]).toEqual([path, 303, '/login']);
    }
    const fragment = await post('/scans', {}).set('X-Fragment', '1');
    expect(fragment.status).toBe(401);
  });

  test('the PIN opens the page, and so does the device token', async () => {
    for (const secret of [keys.folders.gates.south?.pin ?? '', keys.gate('south').device.token]) {
      const { $ } = await blankForm(await signIn(secret));
      expect($('h1').text()).toBe('通行核验');
      expect($('.place').text()).toContain('south门');
    }
  });

  test('the session is a strict, hidden cookie of the gate’s own, and ends with the logout', async () => {
    const answer = await login(keys.folders.gates.south?.pin ?? '');
    expect(answer.get('Set-Cookie')?.[0]).toMatch(/^xm_gate=[\w-]{43}; .*HttpOnly; SameSite=Strict$/);
    const cookie = await signIn();
    await post('/logout', {}, cookie);
    expect((await at().get('/').set('Cookie', cookie)).status).toBe(303);
  });

  test('a text that cannot be a PIN counts as a wrong one', async () => {
    expect((await login('x'.repeat(1_000))).status).toBe(422);
    const json = await at().post('/login').set('Sec-Fetch-Site', 'same-origin').send({ secret: 'x' });
    expect(json.status).toBe(422);
  });

  test('a wrong PIN is told at the field, five of them stop the sixth, even the right one', async () => {
    const wrong = await login('000000x');
    expect(wrong.status).toBe(422);
    expect(load(wrong.text)('[role=alert]').text()).toContain('PIN 码不正确');
    const together = await Promise.all(Array.from({ length: 5 }, () => login('000000x')));
    expect(together.filter(({ status }) => status === 429)).toHaveLength(1);
    expect((await login(keys.folders.gates.south?.pin ?? '')).status).toBe(429);
  });
});

describe('a post from elsewhere is refused', () => {
  test.each([
    ['another site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['another page of the same host', { 'Sec-Fetch-Site': 'same-site' }],
    ['another origin, in an old browser', { Origin: 'http://evil.invalid' }],
    ['a hidden origin', { Origin: 'null' }],
    ['no word of where', {}],
  ])('%s', async (_name, headers) => {
    const answer = await at().post('/login').set(headers).type('form').send({ secret: 'x' });
    expect(answer.status).toBe(403);
    expect(load(answer.text)('[role=alert]').text()).toContain('返回核验页面');
  });

  test('its own origin is enough where a browser sends no more', async () => {
    const answer = await at().post('/login').set('Origin', gate.url).type('form').send({ secret: 'x' });
    expect(answer.status).toBe(422);
  });
});

describe('checking', () => {
  test('a scanned QR is answered large, in both languages, with name and plate masked', async () => {
    const cookie = await signIn();
    const pass = await issue();
    const $ = await scan(cookie, { credential: passes.qr(pass), direction: 'in' });
    expect($('.answer').attr()).toMatchObject({ class: 'answer is-open', 'data-reason': 'ok' });
    expect($('.verdict').text()).toContain('放行');
    expect($('.party').text()).toBe('张*三 · 京A**345');
    expect($('.other').attr('lang')).toBe('en');
    expect($('#credential').val()).toBe('');
    expect($('body').text()).not.toContain('张小三');
  });

  test('a gate code asks for the document, keeps the code, and opens with it', async () => {
    const cookie = await signIn();
    const pass = await issue();
    const $ = await scan(cookie, { credential: pass.code });
    expect($('.answer').attr('data-reason')).toBe('id_required');
    expect($('#credential').val()).toBe(pass.code);
    expect($('#document').attr()).toHaveProperty('autofocus');
    const next = await post(
      '/scans',
      { nonce: String($('[name=nonce]').val()), credential: pass.code, document: '01904x' },
      cookie,
    );
    expect(load(next.text)('.answer').attr('data-reason')).toBe('ok');
  });

  test('the same form sent twice is one scan', async () => {
    const cookie = await signIn();
    const { nonce } = await blankForm(cookie);
    const fields = { nonce, credential: passes.qr(await issue()), direction: 'in' };
    await post('/scans', fields, cookie);
    const again = load((await post('/scans', fields, cookie)).text);
    expect(again('.answer').attr('data-reason')).toBe('ok');
  });

  test('leaving is chosen where exits are recorded', async () => {
    const cookie = await signIn();
    const { $ } = await blankForm(cookie);
    expect($('[name=direction]').length).toBe(2);
    const pass = await issue();
    await scan(cookie, { credential: passes.qr(pass), direction: 'in' });
    const out = await scan(cookie, { credential: passes.qr(pass), direction: 'out' });
    expect(out('.answer').attr('data-reason')).toBe('ok');
    expect(out('[name=direction][value=out]').attr()).toHaveProperty('checked');
  });

  test('a request that is none of its forms gets an answer that says so', async () => {
    const cookie = await signIn();
    const answer = await post('/scans', { nonce: 'x', credential: 'y' }, cookie);
    expect([answer.status, load(answer.text)('.answer').attr('data-reason')]).toEqual([400, 'error']);
  });

  test('the answer’s page can be loaded anew and in another language', async () => {
    const cookie = await signIn();
    const $ = await scan(cookie, { credential: 'nothing' });
    expect($('a[hreflang=en]').attr('href')).toBe('/?lang=en');
    expect((await at().get('/scans').set('Cookie', cookie)).get('Location')).toBe('/');
  });

  test('the page’s own script gets the answer alone', async () => {
    const cookie = await signIn();
    const { nonce } = await blankForm(cookie);
    const answer = await post('/scans', { nonce, credential: 'nothing' }, cookie).set('X-Fragment', '1');
    expect(answer.text).not.toContain('<html');
    expect(load(answer.text)('.answer').attr('data-reason')).toBe('unknown_pass');
  });
});

describe('the page', () => {
  test('runs no strings, and WebAssembly only where the reader is', async () => {
    const cookie = await signIn();
    const page = (await at().get('/').set('Cookie', cookie)).get('Content-Security-Policy') ?? '';
    const other = (await at().get('/login')).get('Content-Security-Policy') ?? '';
    expect(page).toContain("script-src 'self' 'wasm-unsafe-eval';");
    expect(other).toContain("script-src 'self';");
    for (const policy of [page, other]) expect(policy).not.toMatch(/unsafe-inline|unsafe-eval'(?<!wasm-unsafe-eval')/);
    expect((await at().get('/').set('Cookie', cookie)).get('Cache-Control')).toBe('no-store');
  });

  test('speaks the language that was chosen, and remembers it', async () => {
    const chosen = await at().get('/login?lang=en');
    expect(load(chosen.text)('h1').text()).toBe('Log in to the gate');
    const cookie = chosen.get('Set-Cookie')?.[0]?.split(';')[0] ?? '';
    expect(load((await at().get('/login').set('Cookie', cookie)).text)('html').attr('lang')).toBe('en');
  });

  test('hosts its QR reader itself', async () => {
    for (const [path, type] of [
      ['/zxing/reader/index.js', /javascript/],
      ['/zxing/share.js', /javascript/],
      ['/zxing/zxing_reader.wasm', /wasm/],
      ['/assets/gate.css', /css/],
    ] as const) {
      const answer = await at().get(path);
      expect([path, answer.status, type.test(answer.get('Content-Type') ?? '')]).toEqual([path, 200, true]);
    }
  });

  test('that does not exist says where to go', async () => {
    const answer = await at().get('/nothing');
    expect(answer.status).toBe(404);
    expect(load(answer.text)('a[href="/"]').length).toBe(1);
  });
});
