import { load } from 'cheerio';
import supertest from 'supertest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type System, startSystem } from '../../testing/system.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';

/** The answer to a form of the login never arrives: the browser keeps the cookie from before, and sends the form again. */

let system: System;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
});
afterAll(() => system?.stop());

const address = { 'X-Forwarded-For': '10.9.8.7' };
type Page = { headers: Record<string, unknown> };
const cookieOf = ({ headers }: Page): string =>
  [headers['set-cookie']]
    .flat()
    .map((cookie) => String(cookie).split(';')[0])
    .find((cookie) => cookie?.startsWith('xiaomen-visitor=')) ?? '';
const send = (cookie: string, form: Record<string, string>, to = '/register') =>
  supertest(system.web)
    .post(to)
    .set({ Origin: system.web, Cookie: cookie, ...address })
    .type('form')
    .send(form);
const look = (cookie: string, path: string) =>
  supertest(system.web)
    .get(path)
    .set({ Cookie: cookie, ...address });

/** The form of the code as it is sent, and the cookie of the session that asked for it. */
async function aFilledForm(visitor: VisitorBrowser) {
  const code = await visitor.askForCode();
  const agree = (await visitor.page('/register'))('[name=agree]').attr('value') ?? '';
  const kept = visitor.agent.jar.getCookie('xiaomen-visitor', {
    domain: '127.0.0.1',
    path: '/',
    secure: false,
    script: false,
  });
  return { cookie: `xiaomen-visitor=${kept?.value}`, form: { phone: visitor.phone, code, agree } };
}

async function fromWechat(visitor: VisitorBrowser): Promise<string> {
  const { body } = await supertest(system.sandbox).post('/inspect/people').send({ nickname: '来访者' });
  const begun = await visitor.agent.get('/wechat/oauth?return=/reservations').expect(302);
  const chosen = await fetch(String(begun.headers.location), {
    method: 'POST',
    body: new URLSearchParams({ openid: body.openid }),
    redirect: 'manual',
  });
  const back = new URL(chosen.headers.get('location') ?? '');
  await visitor.agent.get(back.pathname + back.search).expect(303);
  return body.openid;
}

const visitorsOf = (phone: string) => system.owner('visitor').where({ phone_hash: system.index('phone', phone) });

test('the same form comes to the same end, the WeChat included, under a fresh session id', async () => {
  const visitor = new VisitorBrowser(system);
  const openid = await fromWechat(visitor);
  const { cookie, form } = await aFilledForm(visitor);
  const lost = await send(cookie, form).expect(303);
  const again = await send(cookie, form).expect(303);
  expect(again.headers.location).toBe('/wechat/binding?return=%2Freservations');
  expect(again.headers.location).toBe(lost.headers.location);
  expect(await visitorsOf(visitor.phone)).toHaveLength(1);

  const ids = [cookie, cookieOf(lost), cookieOf(again)];
  expect(new Set(ids).size).toBe(3);
  // The session whose cookie never arrived is nobody's.
  expect((await look(cookieOf(lost), '/wechat/binding').expect(303)).headers.location).toMatch(/^\/register/);
  const asked = load((await look(cookieOf(again), String(again.headers.location)).expect(200)).text);
  const bound = await send(
    cookieOf(again),
    { bind: 'yes', return: '/reservations', form_owner: String(asked('[name=form_owner]').val()) },
    '/wechat/binding',
  );
  expect(bound.headers.location).toBe('/reservations');
  const [account] = await visitorsOf(visitor.phone);
  expect(account.openid_hash).toEqual(system.index('openid', openid));
  // Lost once more, it is there once more.
  expect((await send(cookie, form).expect(303)).headers.location).toBe('/');
});

/** Came back after long, by WeChat, and is asked whose the account is: the cookie of that page. */
async function anIdleAccount() {
  const earlier = await new VisitorBrowser(system).settle();
  await system.owner.raw(`update visitor set last_seen_at = now() - interval '91 days' where phone_hash = ?`, [
    system.index('phone', earlier.phone),
  ]);
  await system.owner('attempt').delete();
  const visitor = new VisitorBrowser(system, { phone: earlier.phone });
  await fromWechat(visitor);
  const { cookie, form } = await aFilledForm(visitor);
  const asked = await send(cookie, form).expect(303);
  expect(asked.headers.location).toBe('/register/earlier');
  return { visitor, before: cookie, cookie: cookieOf(asked) };
}
const settle = (cookie: string, form: Record<string, string>) => send(cookie, form, '/register/earlier');

test('the same form about an idle account comes to the same end, under a fresh session id', async () => {
  const { visitor, before, cookie } = await anIdleAccount();
  const form = { document_tail: '019010' };
  const lost = await settle(cookie, form).expect(303);
  expect(lost.headers.location).toBe('/wechat/binding?return=%2Freservations');
  // Another document, another answer or another session opens nothing.
  for (const [other, said] of [
    [cookie, { document_tail: '019011' }],
    [cookie, { fresh: 'yes' }],
    [before, form],
    ['', form],
  ] as const)
    expect((await settle(other, said).expect(303)).headers.location).toBe('/register');
  await look(cookieOf(lost), '/wechat/binding').expect(200);

  const again = await settle(cookie, form).expect(303);
  expect(again.headers.location).toBe(lost.headers.location);
  expect(new Set([cookie, cookieOf(lost), cookieOf(again)]).size).toBe(3);
  expect((await look(cookieOf(lost), '/wechat/binding').expect(303)).headers.location).toMatch(/^\/register/);
  await look(cookieOf(again), '/wechat/binding').expect(200);
  expect(await visitorsOf(visitor.phone)).toHaveLength(1);

  await system.owner.raw(`update visitor_session set sess = jsonb_set(sess::jsonb, '{settled,until}', '1')
    where sess->'settled' is not null`);
  expect((await settle(cookie, form).expect(303)).headers.location).toBe('/register');
  // Nor may the document be found out by trying.
  await settle(cookie, form).expect(303);
  await settle(cookie, form).expect(429);
});

test('a fresh account in place of an idle one is made once', async () => {
  const { visitor, cookie } = await anIdleAccount();
  const lost = await settle(cookie, { fresh: 'yes' }).expect(303);
  const again = await settle(cookie, { fresh: 'yes' }).expect(303);
  expect(again.headers.location).toBe(lost.headers.location);
  await look(cookieOf(again), '/wechat/binding').expect(200);
  expect(await visitorsOf(visitor.phone)).toHaveLength(2);
});

test('nothing but the same code, phone and browser opens it, and only for a while', async () => {
  const visitor = new VisitorBrowser(system);
  const { cookie, form } = await aFilledForm(visitor);
  const entered = await send(cookie, form).expect(303);
  const wrong = form.code === '000000' ? '000001' : '000000';
  await send(cookie, { ...form, code: wrong }).expect(422);
  await send(cookie, { ...form, phone: new VisitorBrowser(system).phone }).expect(422);
  await send('', form).expect(422);
  await send(`${cookie.slice(0, -4)}AAAA`, form).expect(422);
  await look(cookieOf(entered), '/consent').expect(200);

  await system.owner('phone_code').update({ used_at: new Date(Date.now() - 6 * 60_000) });
  await send(cookie, form).expect(422);
});

test('whoever signed out meanwhile stays signed out', async () => {
  const visitor = new VisitorBrowser(system);
  const { cookie, form } = await aFilledForm(visitor);
  const entered = await send(cookie, form).expect(303);
  const page = load((await look(cookieOf(entered), '/consent').expect(200)).text);
  await send(cookieOf(entered), { form_owner: String(page('[name=form_owner]').val()) }, '/sign-out').expect(303);
  expect((await look(cookieOf(entered), '/consent').expect(303)).headers.location).toMatch(/^\/register/);
  await send(cookie, form).expect(422);
});
