import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { load } from 'cheerio';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { staffBrowser } from '../testing/staff-browser.ts';
import { type System, startSystem } from '../testing/system.ts';
import { until } from '../testing/until.ts';
import { VisitorBrowser } from '../testing/visitor-browser.ts';
import { buildStyles } from './styles/build.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({
    start: ['sandbox', 'worker', 'web'],
    logLevel: 'debug',
    run: 'apart',
    env: { SECURITY_CONTACT: 'mailto:security@university.example' },
  });
});
afterAll(() => system?.stop());

const log = () => readFileSync(system.logs.find((path) => path.endsWith('web.log')) ?? '', 'utf8');

describe('a state change', () => {
  const change = () => supertest(system.web).post('/language').type('form').send({ lang: 'en', return: '/privacy' });

  test('needs Sec-Fetch-Site or, where there is none, our own Origin', async () => {
    await change().set('Sec-Fetch-Site', 'same-origin').expect(303);
    await change().set('Origin', system.web).expect(303);
    await change().expect(403);
    await change().set('Origin', 'null').expect(403);
    await change().set('Origin', 'https://evil.example').expect(403);
    await change().set('Sec-Fetch-Site', 'cross-site').set('Origin', system.web).expect(403);
    await change().set('Sec-Fetch-Site', 'none').expect(403);
  });

  test('says what to do when it is refused', async () => {
    const page = load((await change()).text);
    expect(page('h1').text()).toBe('无权操作');
    expect(page('main').text()).toContain('来自其他网站的提交已被拒绝');
  });

  test('leads only to our own pages afterwards', async () => {
    for (const away of ['https://evil.example', '//evil.example', '/\\evil.example', '/.//evil.example', '']) {
      const done = await change().set('Origin', system.web).send({ lang: 'en', return: away });
      expect(done.headers.location).toBe('/');
    }
  });
});

test('every page carries an explicit policy, without unsafe-*, and is kept by nobody', async () => {
  const { headers } = await supertest(system.web).get('/register').expect(200);
  const policy = String(headers['content-security-policy']);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self'");
  expect(policy).not.toContain('unsafe');
  expect(headers['referrer-policy']).toBe('same-origin');
  expect(headers['cache-control']).toBe('no-store');
  expect(headers['x-powered-by']).toBeUndefined();
  const html = (await supertest(system.web).get('/register')).text;
  expect(html).not.toMatch(/ style=| on[a-z]+=|<style|<script>|hx-on|javascript:/);
});

describe('the language', () => {
  test('is the browser’s wish, Chinese otherwise, and the switch is remembered', async () => {
    const agent = supertest.agent(system.web).set({ Origin: system.web });
    const languageOf = async (wish?: string) => {
      const asked = agent.get('/register');
      return load((await (wish ? asked.set('Accept-Language', wish) : asked)).text)('html').attr('lang');
    };
    expect(await languageOf()).toBe('zh-CN');
    expect(await languageOf('en-GB,en;q=0.9')).toBe('en');
    expect(await languageOf('de, zh;q=0.5, en;q=0.3')).toBe('zh-CN');
    const switched = await agent.post('/language').type('form').send({ lang: 'en', return: '/register' }).expect(303);
    expect(switched.headers['set-cookie']?.[0]).toMatch(/^xiaomen-language=en;.*HttpOnly/);
    expect(await languageOf('zh-CN')).toBe('en');
    expect(load((await agent.get('/register?lang=zh-CN')).text)('html').attr('lang')).toBe('zh-CN');
  });

  test('of a visitor is the language of their messages', async () => {
    const visitor = await new VisitorBrowser(system, { language: 'en' }).settle();
    const row = await system
      .db('visitor')
      .where({ phone_hash: system.index('phone', visitor.phone) })
      .first('language');
    expect(row).toEqual({ language: 'en' });
    expect((await visitor.page('/'))('h1').text()).toBe('Welcome to Hebei University of Science and Technology');
  });
});

describe('what goes wrong has a page that says what to do next', () => {
  test('404', async () => {
    const page = load((await supertest(system.web).get('/nothing/here').expect(404)).text);
    expect(page('h1').text()).toBe('页面不存在');
    expect(page('main a').attr('href')).toBe('/');
  });

  test('a form longer than others is read only from people who may send it', async () => {
    const huge = { body_zh: 'x'.repeat(410_000) };
    const texts = '/admin/content/notices/terms/versions';
    const stranger = supertest.agent(system.web).set({ Origin: system.web });
    await stranger.post(texts).type('form').send(huge).expect(303).expect('Location', '/staff/login');
    const approver = await staffBrowser(system.web, 'approver');
    await approver.post(texts).type('form').send(huge).expect(404);
    const admin = await staffBrowser(system.web, 'admin');
    await admin.post(texts).type('form').send(huge).expect(413);
    await admin
      .post(texts)
      .type('form')
      .send({ version: '1', body_zh: 'x'.repeat(300_000) })
      .expect(422);
    const marked = '/companions/group/marked';
    await stranger.post(marked).type('form').send(huge).expect(303).expect('Location', '/register');
  });

  test('413 for a body that is too large, 400 for a cookie or a path that is broken', async () => {
    const large = supertest(system.web)
      .post('/register')
      .set('Origin', system.web)
      .type('form')
      .send({ phone: '1'.repeat(40_000) });
    expect(load((await large.expect(413)).text)('h1').text()).toBe('内容过大');
    await supertest(system.web)
      .get('/reservations/%E0%A4%A')
      .expect((answer) => {
        if (![400, 303].includes(answer.status)) throw new Error(`answered ${answer.status}`);
      });
    await supertest(system.web)
      .get('/register')
      .set('Cookie', 'xiaomen-visitor=s%3Anonsense; xiaomen-language=%%%')
      .expect(200);
  });

  test('500 in both languages, with what to tell us and nothing of what went wrong', async () => {
    await system.owner.raw('alter table guide rename to guide_away');
    try {
      for (const [language, title, next, id] of [
        ['zh-CN', '系统出现问题', /请稍后重试/, /编号 ([0-9a-f-]{36})/],
        ['en', 'Something went wrong', /try again later/, /Number ([0-9a-f-]{36})/],
      ] as const) {
        const ask = () => supertest(system.web).get('/guide/dining').set('Accept-Language', language);
        const { text } = await ask().expect(500);
        const page = load(text);
        expect(page('html').attr('lang')).toBe(language);
        expect(page('h1').text()).toBe(title);
        expect(page('main').text()).toMatch(next);
        // What a person tells us leads to the line that knows more.
        const [, number = ''] = id.exec(page('main').text()) ?? [];
        expect(number).not.toBe('');
        const line = new RegExp(`"status":500.*${number}|${number}.*"status":500`);
        await until(() => line.test(log()), 'the line in the log');
        const piece = await ask().set('HX-Request', 'true').expect(500);
        expect(load(piece.text)('[role=alert]').text()).toContain(title);
        for (const told of [text, piece.text])
          expect(told).not.toMatch(/relation|select |guide_|Error|node_modules|\.ts/);
      }
    } finally {
      await system.owner.raw('alter table guide_away rename to guide');
    }
  });

  test('a fragment where htmx asked', async () => {
    const answer = await supertest(system.web).get('/nothing').set('HX-Request', 'true').expect(404);
    expect(answer.text).not.toContain('<html');
    expect(load(answer.text)('[role=alert]').text()).toContain('页面不存在');
    expect(answer.headers.vary).toContain('HX-Request');
  });
});

describe('what a browser keeps', () => {
  test('assets of another release are served whole, and nothing else under their address', async () => {
    const kept = await system.db('served_asset').pluck('path');
    expect(kept).toContain(
      load((await supertest(system.web).get('/register')).text)('link[rel=stylesheet]').attr('href'),
    );
    const body = Buffer.from('body { color: black }');
    const path = `/assets/xiaomen.${createHash('sha256').update(body).digest('hex').slice(0, 12)}.css`;
    const forged = '/assets/xiaomen.0123456789ab.js';
    const script = { path: forged, type: 'text/javascript; charset=utf-8', body: Buffer.from('alert(1)') };
    await supertest(system.web).get(path).expect(404);
    await system.db('served_asset').insert([{ path, type: 'text/css; charset=utf-8', body }, script]);
    const answer = await supertest(system.web).get(path).expect(200).expect('Content-Type', 'text/css; charset=utf-8');
    expect(answer.text).toBe('body { color: black }');
    for (const encoding of ['br', 'gzip', 'identity']) {
      const { headers, ...sent } = await fetch(`${system.web}${path}`, {
        headers: { 'Accept-Encoding': encoding },
      }).then(async (one) => ({ headers: one.headers, body: await one.text() }));
      expect(sent.body).toBe('body { color: black }');
      expect(headers.get('content-encoding') ?? 'identity').toBe(encoding);
      expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(headers.get('vary')).toContain('Accept-Encoding');
    }
    await supertest(system.web).get(forged).expect(404);
    await expect(
      system
        .db('served_asset')
        .where({ path })
        .update({ body: Buffer.from('') }),
    ).rejects.toThrow('permission');
    await system.owner('served_asset').whereIn('path', [path, forged]).delete();
  });

  test('assets are kept for ever under an address that changes with them', async () => {
    const page = load((await supertest(system.web).get('/register')).text);
    const paths = [
      page('link[rel=stylesheet]').attr('href'),
      ...page('script')
        .map((_, one) => page(one).attr('src'))
        .get(),
    ];
    expect(paths).toHaveLength(3);
    for (const path of paths) {
      expect(path).toMatch(/\.[0-9a-f]{12}\.(css|js)$/);
      const answer = await supertest(system.web)
        .get(path ?? '')
        .set('Accept-Encoding', 'gzip')
        .expect(200);
      expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable');
      expect(answer.headers['content-encoding']).toBe('gzip');
    }
    await supertest(system.web).get('/assets/xiaomen.000000000000.css').expect(404);
  });

  test('the pages stay within their weight', async () => {
    const visitor = await new VisitorBrowser(system).settle();
    const kb = (text: string | Buffer) => gzipSync(text).length / 1024;
    const asset = async (path = '') => kb((await supertest(system.web).get(path).buffer()).text ?? '');
    const page = await visitor.page('/');
    const css = await asset(page('link[rel=stylesheet]').attr('href'));
    const scripts = await Promise.all(
      page('script')
        .map((_, one) => asset(page(one).attr('src')))
        .get(),
    );
    const js = scripts.reduce((sum, one) => sum + one, 0);
    expect(css).toBeLessThan(12);
    expect(js).toBeLessThan(16);
    for (const path of [
      '/',
      '/profile',
      '/reservations',
      '/reservations/new?channel=personal',
      '/passes',
      '/privacy',
    ]) {
      const html = kb((await visitor.agent.get(path)).text);
      expect(html, path).toBeLessThan(10);
      expect(html + css + js, path).toBeLessThan(45);
    }
  });

  test('the committed sheet is what the views and sheets make', async () => {
    expect(readFileSync(new URL('public/xiaomen.css', import.meta.url), 'utf8')).toBe(await buildStyles());
  });
});

test('a stranger who found a fault of security finds whom to tell', async () => {
  const { text, headers } = await supertest(system.web).get('/.well-known/security.txt').expect(200);
  expect(headers['content-type']).toMatch(/^text\/plain; charset=utf-8/);
  expect(text).toContain('Contact: mailto:security@university.example\n');
  const [, until = ''] = /^Expires: (.+)$/m.exec(text) ?? [];
  expect(Date.parse(until)).toBeGreaterThan(Date.now());
  expect(Date.parse(until)).toBeLessThan(Date.now() + 365 * 24 * 3600_000);
});

test('neither what a person typed nor an address they opened is in the log', async () => {
  const visitor = new VisitorBrowser(system, { phone: '13912345678' });
  await visitor.settle();
  await visitor.post('/profile', { ...visitor.person, name: '标记姓名', document_number: 'bad标记' });
  await visitor.agent.get('/register?return=%2Freservations%2Fsecret-marker');
  await visitor.agent.get('/path-marker/13912345678');
  const lines = log();
  expect(lines).toContain('"route":"/profile"');
  expect(lines).toContain('"status":422');
  for (const marker of [
    '13912345678',
    '标记',
    'marker',
    '欧阳',
    '110199200001019010',
    'xiaomen-visitor',
    visitor.person.plate,
  ]) {
    expect(lines, marker).not.toContain(marker);
  }
});

test('the rows of sessions name nobody', async () => {
  const rows = await system.owner('visitor_session').select('sess');
  expect(JSON.stringify(rows)).not.toMatch(/\b1[3-9]\d{9}\b|欧阳/);
});
