import { randomUUID } from 'node:crypto';
import { load } from 'cheerio';
import express from 'express';
import request from 'supertest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLog } from '../../platform/log.ts';
import { aHouse, type GateUnderTest, type House } from '../../testing/gate-house.ts';
import { serve } from '../../testing/gates.ts';
import { until } from '../../testing/until.ts';
import { emergencyRoutes } from '../../web/gates/emergencies.ts';
import { feedRoutes } from '../../web/gates/routes.ts';

/** Who comes in without a pass: by one tap, whatever is down, and told to the desk once there is contact. */

let house: House;
let gate: GateUnderTest;
let web: Awaited<ReturnType<typeof serve>>;
let cookie: string;

const openWeb = () => {
  const deps = { db: house.database.db, keys: house.keys.web, log: createLog('test', 'silent') };
  return serve(express().use(feedRoutes(deps), emergencyRoutes(deps)));
};
beforeAll(async () => {
  house = await aHouse();
  web = await openWeb();
  gate = await house.openGate('south', web.url);
  const answer = await post('/login', { secret: gate.token }, '');
  cookie = answer.get('Set-Cookie')?.[0]?.split(';')[0] ?? '';
});
afterAll(async () => {
  await gate?.stop();
  await web?.close();
  await house?.close();
});

const post = (path: string, fields: object, session = cookie) =>
  request(gate.url()).post(path).set('Sec-Fetch-Site', 'same-origin').set('Cookie', session).type('form').send(fields);
const page = async (path: string) => load((await request(gate.url()).get(path).set('Cookie', cookie)).text);
const noted = (id: string) => house.database.db('emergency_entry').where({ id }).first();
const tap = (kind: string, id: string = randomUUID()) => post('/emergencies', { id, kind });

test('one tap on the page opens, and the desk has it, with a day to complete it', async () => {
  const $ = await page('/');
  const form = $('form[action="/emergencies"]');
  expect(
    form
      .find('button')
      .map((_, button) => button.attribs.value)
      .get(),
  ).toEqual(['ambulance', 'fire', 'police', 'repair']);
  const id = String(form.find('[name=id]').val());
  const answer = load((await tap('ambulance', id)).text);
  expect(answer('.answer').attr()).toMatchObject({ 'data-open': 'true', 'data-emergency': 'ambulance' });
  await tap('ambulance', id);
  const entry = await until(() => noted(id), 'the desk was told');
  expect(entry).toMatchObject({ gate_id: 'south', campus_id: house.campus, kind: 'ambulance', completed_at: null });
  expect(entry.due_at.getTime() - entry.occurred_at.getTime()).toBe(24 * 3_600_000);
  const trail = await house.database.owner('audit').where({ action: 'emergency_noted' });
  expect(trail.filter(({ detail }) => detail.entry === id)).toMatchObject([{ actor_kind: 'gate', actor_id: 'south' }]);
});

test('two kinds that are tapped on one page are two entries', async () => {
  const id = randomUUID();
  for (const kind of ['police', 'repair']) await tap(kind, id);
  const has = async (kind: string) => (await house.database.db('emergency_entry').where({ kind })).length === 1;
  await until(async () => (await has('police')) && (await has('repair')), 'the desk was told of both');
  await until(async () => (await page('/shift'))('.warning').length === 0, 'nothing waits any more');
});

test('what is no kind of emergency is told so, and whoever is not logged in notes nothing', async () => {
  expect((await tap('tea')).status).toBe(422);
  const id = randomUUID();
  const answer = await post('/emergencies', { id, kind: 'fire' }, '');
  expect([answer.status, answer.get('Location')]).toEqual([303, '/login']);
  expect((await page('/shift'))('body').text()).not.toContain('消防');
});

test('with everything else down it opens all the same, is on the disk, and is told after a restart', async () => {
  await web.close();
  await gate.missesFeed();
  const id = randomUUID();
  expect(load((await tap('repair', id)).text)('.answer').attr('data-emergency')).toBe('repair');
  await gate.restart();
  expect((await page('/shift'))('.warning').text()).toContain('1 条紧急通行尚未上报');
  web = await openWeb();
  gate.settings.FEED_URL = web.url;
  await gate.restart();
  await until(() => noted(id), 'the desk was told');
  await until(async () => (await page('/shift'))('.warning').length === 0, 'nothing waits any more');
});

test('a gate tells under its own key alone', async () => {
  const id = randomUUID();
  const body = { id, kind: 'fire', at: Date.now(), guard: null };
  const answer = await request(web.url)
    .post('/gates/south/emergencies')
    .set({ 'x-gate-time': String(Date.now()), 'x-gate-signature': Buffer.alloc(64).toString('base64') })
    .send(body);
  expect([answer.status, await noted(id)]).toEqual([401, undefined]);
});
