import { load } from 'cheerio';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../bin/embedded/ports.ts';
import { readSettings, webSchema } from '../platform/config.ts';
import { demoPartnerSettings, demoSecrets } from '../sandbox/demo-settings.ts';
import { testKeys } from '../testing/keys.ts';
import { type System, startSystem } from '../testing/system.ts';
import { until } from '../testing/until.ts';
import { VisitorBrowser } from '../testing/visitor-browser.ts';
import { type RunningWeb, startWeb } from './start.ts';

describe('with nothing else there', () => {
  let web: RunningWeb;
  beforeAll(async () => {
    const nothing = `127.0.0.1:${await freePort()}`;
    const { folders } = await testKeys();
    web = await startWeb(
      readSettings(webSchema, {
        LOG_LEVEL: 'silent',
        KEYS_DIR: folders.web,
        OPS_PORT: '0',
        WEB_PORT: '0',

        DATABASE_URL: `postgres://nobody@${nothing}/nothing`,
        TEMPORAL_ADDRESS: nothing,
        ...demoPartnerSettings(`http://${nothing}`, demoSecrets()),
        PUBLIC_URL: 'https://visit.example.edu',
      }),
    );
  });
  afterAll(() => web?.stop());

  test('a page says that it will be back, also without the rows that name the house', async () => {
    const answer = await supertest(web.url).get('/register').expect(503);
    expect(answer.headers['retry-after']).toBe('5');
    const page = load(answer.text);
    expect(page('h1').text()).toBe('系统繁忙');
    expect(page('main').text()).toContain('请过几秒钟后刷新本页');
    expect(page('title').text()).toContain('校门');
    expect(answer.headers['strict-transport-security']).toContain('max-age=31536000');
  });

  test('a script of another release is to be asked for again', async () => {
    await supertest(web.url).get('/assets/xiaomen.0123456789ab.js').expect(503).expect('Retry-After', '5');
  });

  test('it is alive, not ready, and says what is missing', async () => {
    await supertest(web.opsUrl).get('/healthz').expect(200);
    const { body } = await supertest(web.opsUrl).get('/readyz').expect(503);
    expect(body).toEqual({ ready: false, degraded: ['postgres', 'keys', 'temporal', 'wechat', 'sms'] });
  });
});

describe('in a whole system', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem({ start: ['sandbox', 'worker', 'web'], run: 'apart' });
  });
  afterAll(() => system?.stop());

  test('a stop lets a submission finish that was begun, and refuses new ones', async () => {
    const visitor = await new VisitorBrowser(system).settle();
    const form: Record<string, string> = await visitor.visitForm();
    // Without a worker the page waits its three seconds for an answer.
    await system.parts.worker.stop();
    const submitting = visitor.post('/reservations', form).then((answer) => answer);
    await until(() => system.db('request').where({ id: form.key }).first(), 'the request is kept');
    await system.parts.web.stop();
    const answer = await submitting;
    expect(answer.status).toBe(303);
    expect(answer.headers.location).toMatch(/^\/reservations\//);
    await expect(fetch(`${system.web}/register`)).rejects.toThrow();

    await Promise.all([system.parts.worker.start(), system.parts.web.start()]);
    const page = await until(async () => {
      const $ = await visitor.page(answer.headers.location ?? '');
      return $('.timeline').length > 0 && $;
    }, 'the reservation went on');
    expect(page('.timeline').text()).toContain('预约已提交');
  });
});
