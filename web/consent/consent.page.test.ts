import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type System, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
});
afterAll(() => system?.stop());

const consentsOf = (visitor: VisitorBrowser) =>
  system
    .db('consent as c')
    .join('visitor as v', 'v.id', 'c.visitor_id')
    .join('notice as n', 'n.id', 'c.notice_id')
    .where({ 'v.phone_hash': system.index('phone', visitor.phone), purpose: 'personal_information' })
    .select('c.*', 'n.text_hash as published', 'n.version');

test('the notice stands as a modal dialog with 同意 and 不同意, without scripts too', async () => {
  const visitor = new VisitorBrowser(system);
  expect(await visitor.register()).toBe('/');
  expect((await visitor.agent.get('/').expect(303)).headers.location).toBe('/consent');
  const $ = await visitor.page('/consent');
  expect($('dialog[open][aria-modal=true]')).toHaveLength(1);
  expect($('#notice-title').text()).toBe('隐私信息填写须知');
  expect(
    $('dialog button')
      .map((_, one) => $(one).text())
      .get(),
  ).toEqual(['不同意', '同意']);
});

test('a visitor who disagrees cannot go on, and nothing of a profile is stored', async () => {
  const visitor = new VisitorBrowser(system);
  await visitor.register();
  const refused = await visitor.post('/consent', { answer: 'disagree' }).expect(303);
  expect((await visitor.page(String(refused.headers.location)))('h1').text()).toBe('您选择了不同意');

  for (const path of ['/', '/profile', '/reservations', '/reservations/new?channel=personal', '/passes']) {
    expect((await visitor.agent.get(path).expect(303)).headers.location).toBe('/consent');
  }
  expect((await visitor.post('/profile', { ...visitor.person }).expect(303)).headers.location).toBe('/consent');
  const key = randomUUID();
  await visitor.post('/reservations', { key, channel: 'personal', ...visitor.person }).expect(303);
  expect(await system.db('request').where({ id: key })).toHaveLength(0);
  const people = system.db('person as p').join('visitor as v', 'v.id', 'p.visitor_id');
  expect(await people.where({ 'v.phone_hash': system.index('phone', visitor.phone) })).toHaveLength(0);
  expect(await consentsOf(visitor)).toHaveLength(0);
});

test('an agreement is recorded with text, version, time, channel and purpose, once', async () => {
  const visitor = new VisitorBrowser(system);
  visitor.agent.set('User-Agent', 'Mozilla/5.0 MicroMessenger/8.0.60');
  await visitor.register();
  const notice = (await visitor.page('/consent'))('[name=notice]').attr('value') ?? '';
  await Promise.all([1, 2].map(() => visitor.post('/consent', { notice, answer: 'agree' })));
  const [given, ...more] = await consentsOf(visitor);
  expect(more).toHaveLength(0);
  expect(given).toMatchObject({ channel: 'wechat', version: 1 });
  expect(given.text_hash).toEqual(given.published);
  expect(Date.now() - given.given_at.getTime()).toBeLessThan(60_000);
  await visitor.page('/profile');
});

test('a new version of the notice asks again; agreeing to the old one is no agreement', async () => {
  const visitor = await new VisitorBrowser(system).settle();
  await visitor.page('/');
  const old = await system.db('notice').where({ kind: 'filling', version: 1 }).first();
  const newer = {
    ...old,
    id: randomUUID(),
    version: 2,
    text_hash: Buffer.from('another text'),
    published_at: new Date(),
  };
  await system.owner('notice').insert(newer);
  try {
    const home = async () => (await visitor.agent.get('/')).headers.location;
    await until(async () => (await home()) === '/consent', 'the new version is asked for');
    await visitor.post('/consent', { notice: old.id, answer: 'agree' }).expect(409);
    await visitor.agree();
    await visitor.page('/');
  } finally {
    await system.owner('consent').where({ notice_id: newer.id }).delete();
    await system.owner('notice').where({ id: newer.id }).delete();
  }
});
