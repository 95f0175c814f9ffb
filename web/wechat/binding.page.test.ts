import { load } from 'cheerio';
import supertest from 'supertest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bindOpenid } from '../../store/people/visitor.ts';
import { recordFollowing } from '../../store/people/wechat-following.ts';
import { untilBlockedBy } from '../../testing/blocked.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { newestCode, VisitorBrowser } from '../../testing/visitor-browser.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
});
afterAll(() => system?.stop());

/** Comes in from the official account's menu as this person. @returns where it leads */
async function comeFromWechat(visitor: VisitorBrowser, openid: string): Promise<string> {
  const begun = await visitor.agent.get('/wechat/oauth?return=/reservations').expect(302);
  const chosen = await fetch(String(begun.headers.location), {
    method: 'POST',
    body: new URLSearchParams({ openid }),
    redirect: 'manual',
  });
  const back = new URL(chosen.headers.get('location') ?? '');
  return String((await visitor.agent.get(back.pathname + back.search).expect(303)).headers.location);
}
async function somebodyAtWechat(): Promise<string> {
  const { body } = await supertest(system.sandbox).post('/inspect/people').send({ nickname: '来访者' });
  return body.openid;
}
const openidHashOf = async (visitor: VisitorBrowser): Promise<Buffer | null> =>
  (
    await system
      .db('visitor')
      .where({ phone_hash: system.index('phone', visitor.phone) })
      .first()
  ).openid_hash;

test('the owner of the phone is shown and asked; then WeChat alone signs in', async () => {
  const openid = await somebodyAtWechat();
  const visitor = new VisitorBrowser(system);
  expect(await comeFromWechat(visitor, openid)).toBe('/register');
  expect((await visitor.page('/register'))('.lead').text()).toContain('微信已确认');
  expect(await visitor.register()).toBe('/wechat/binding?return=%2Freservations');
  const page = await visitor.page('/wechat/binding?return=%2Freservations');
  expect(page('dd').text()).toBe(`${visitor.phone.slice(0, 3)}****${visitor.phone.slice(-4)}`);
  expect(await openidHashOf(visitor)).toBeNull();

  const bound = await visitor.post('/wechat/binding', { bind: 'yes', return: '/reservations' }).expect(303);
  expect(bound.headers.location).toBe('/reservations');
  expect(await openidHashOf(visitor)).toEqual(system.index('openid', openid));
  expect(await comeFromWechat(new VisitorBrowser(system), openid)).toBe('/reservations');
  // Bound, and nothing goes to WeChat: that is agreed to by a tick of its own.
  expect(await system.db('consent').where({ purpose: 'wechat' })).toEqual([]);
  const consent = await system.db('consent').orderBy('given_at', 'desc').first('channel');
  expect(consent.channel).toBe('wechat');
});

test('messages by WeChat are agreed to apart: who gets what is named, an older text counts for nothing, and unbinding ends it', async () => {
  const visitor = new VisitorBrowser(system);
  await comeFromWechat(visitor, await somebodyAtWechat());
  await visitor.register();
  const page = await visitor.page('/wechat/binding');
  const tick = page('[name=messages]');
  expect([tick.attr('type'), tick.attr('checked')]).toEqual(['checkbox', undefined]);
  expect(page('main').text()).toMatch(/深圳市腾讯计算机系统有限公司.*提供：微信用户标识、姓名、来访园区/);
  await visitor.post('/wechat/binding', { bind: 'yes', messages: '019abcde-0000-7000-8000-000000000000' }).expect(303);
  const { id } = await system
    .db('visitor')
    .where({ phone_hash: system.index('phone', visitor.phone) })
    .first('id');
  const standing = () => system.db('consent').where({ visitor_id: id, purpose: 'wechat', withdrawn_at: null });
  expect(await standing()).toEqual([]);
  const account = await visitor.page('/account');
  expect(account('main').text()).toContain('通知以短信发送');
  const messages = account('[name=messages]').attr('value') ?? '';
  await visitor.post('/account/wechat/messages', { messages: '' }).expect(303);
  expect(await standing()).toEqual([]);
  await visitor.post('/account/wechat/messages', { messages }).expect(303);
  expect(await standing()).toMatchObject([{ notice_id: messages, channel: 'wechat' }]);
  expect((await visitor.page('/account'))('[name=messages]')).toHaveLength(0);
  const consents = (await visitor.page('/my-data'))('[aria-labelledby=consents]').text();
  expect(consents).toContain('通过微信接收通知');
  await system.owner('attempt').where({ kind: 'code_phone' }).delete();
  await visitor.post('/account/codes', { purpose: 'unbind', back: '/account' }).expect(303);
  await visitor.post('/account/wechat/unbinding', { code: await newestCode(system, visitor.phone) }).expect(303);
  expect(await standing()).toEqual([]);
  expect((await visitor.page('/privacy'))('[aria-labelledby=recipients] h3').length).toBe(6);
});

test('a visitor who declines goes on without WeChat', async () => {
  const openid = await somebodyAtWechat();
  const visitor = new VisitorBrowser(system);
  await comeFromWechat(visitor, openid);
  await visitor.register();
  await visitor.post('/wechat/binding', { bind: 'no' }).expect(303);
  expect(await openidHashOf(visitor)).toBeNull();
  expect(await comeFromWechat(new VisitorBrowser(system), openid)).toBe('/register');
});

test('a WeChat that another phone has is not taken from it', async () => {
  const openid = await somebodyAtWechat();
  const [thief, owner] = [new VisitorBrowser(system), new VisitorBrowser(system)];
  await comeFromWechat(thief, openid);
  await comeFromWechat(owner, openid);
  await thief.register();
  await owner.register();
  await owner.post('/wechat/binding', { bind: 'yes' }).expect(303);
  const refused = await thief.post('/wechat/binding', { bind: 'yes' }).expect(409);
  expect(load(refused.text)('main').text()).toContain('该微信已绑定其他手机号');
  expect(await openidHashOf(thief)).toBeNull();
});

test('a visitor whose phone has another WeChat unbinds it first, with a fresh code; sessions that came in by that one are signed out', async () => {
  const [older, newer] = [await somebodyAtWechat(), await somebodyAtWechat()];
  const first = new VisitorBrowser(system);
  await comeFromWechat(first, older);
  await first.register();
  await first.post('/wechat/binding', { bind: 'yes' }).expect(303);
  // A person who has the old WeChat needs no phone.
  const byOldWechat = new VisitorBrowser(system);
  expect(await comeFromWechat(byOldWechat, older)).toBe('/reservations');
  const leftAt = new Date(Date.now() - 60_000);
  await recordFollowing(system.db, system.index, { openid: older, follows: false, at: leftAt });

  // Also in the hand of somebody who is signed in already.
  expect(await comeFromWechat(first, newer)).toBe('/register');
  const asked = await first.agent.get('/register').expect(303);
  const page = await first.page(String(asked.headers.location));
  expect(page('[name=bind][value=yes]')).toHaveLength(0);
  expect(page('main a').attr('href')).toBe('/account');
  await first.post('/wechat/binding', { bind: 'yes' }).expect(409);
  expect(await openidHashOf(first)).toEqual(system.index('openid', older));

  await system.owner('attempt').where({ kind: 'code_phone' }).delete();
  await first.post('/account/codes', { purpose: 'unbind', back: '/account' }).expect(303);
  const code = await newestCode(system, first.phone);
  const unbound = await first.post('/account/wechat/unbinding', { code }).expect(303);
  expect(unbound.headers.location).toBe('/wechat/binding?return=%2Faccount');
  await first.post('/wechat/binding', { bind: 'yes', return: '/account' }).expect(303);
  expect(await openidHashOf(first)).toEqual(system.index('openid', newer));
  await byOldWechat.agent
    .get('/account')
    .expect(303)
    .expect('Location', /^\/register/);
  await first.page('/account');
});

test('a receipt for an earlier WeChat does not count against the one that is bound now', async () => {
  const openid = await somebodyAtWechat();
  const visitor = new VisitorBrowser(system);
  await comeFromWechat(visitor, openid);
  await visitor.register();
  const mine = { phone_hash: system.index('phone', visitor.phone) };
  await system.owner('visitor').where(mine).update({ wechat_event_at: new Date(), wechat_left_at: new Date() });
  await visitor.post('/wechat/binding', { bind: 'yes' }).expect(303);
  expect(await system.db('visitor').where(mine).first()).toMatchObject({ wechat_event_at: null, wechat_left_at: null });
});

test('when two phones take the same WeChat at one moment, the later one reads why it cannot', async () => {
  const openid = await somebodyAtWechat();
  const [sooner, later] = [new VisitorBrowser(system), new VisitorBrowser(system)];
  await comeFromWechat(later, openid);
  for (const one of [sooner, later]) await one.register();
  const { id } = await system
    .db('visitor')
    .where({ phone_hash: system.index('phone', sooner.phone) })
    .first('id');
  const refused = await system.db.transaction(async (trx) => {
    await bindOpenid(trx, system, id, openid);
    // A promise in an object is not waited for before the transaction ends.
    const asked = later
      .post('/wechat/binding', { bind: 'yes' })
      .expect(409)
      .then((one) => one);
    await untilBlockedBy(trx, system.owner, 'the later one waits for the sooner');
    return { asked };
  });
  expect(load((await refused.asked).text)('main').text()).toContain('该微信已绑定其他手机号');
  expect(await openidHashOf(later)).toBeNull();
  expect(await openidHashOf(sooner)).toEqual(system.index('openid', openid));
});
