import { load } from 'cheerio';
import supertest from 'supertest';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type System, startSystem } from '../../testing/system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'web'] });
});
afterAll(() => system?.stop());

const post = async (path: string, body: unknown) => {
  const response = await fetch(system.sandbox + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return (await response.json()) as { openid: string };
};
beforeEach(() => post('/inspect/faults', { target: 'wechat.oauth', mode: 'none' }));

type Browser = ReturnType<typeof browser>;
const browser = () => supertest.agent(system.web);
const pathOf = (url: string) => url.slice(system.web.length);

/** Begins at our site and chooses a person at WeChat; returns the path WeChat sends the browser back to. */
async function authorize(agent: Browser, openid: string, start = '/wechat/oauth'): Promise<string> {
  const begun = await agent.get(start).expect(302);
  return choose(begun.headers.location ?? '', openid);
}
async function choose(authorizeUrl: string, openid: string): Promise<string> {
  expect(authorizeUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/connect\/oauth2\/authorize\?.*#wechat_redirect$/);
  const response = await fetch(authorizeUrl, {
    method: 'POST',
    body: new URLSearchParams({ openid }),
    redirect: 'manual',
  });
  const location = response.headers.get('location') ?? '';
  expect(location.startsWith(`${system.web}/wechat/oauth?code=`)).toBe(true);
  return pathOf(location);
}
const sessions = () => system.owner('visitor_session').select('sid', 'sess');
const sentence = (html: string) => load(html)('main').text();

/** Somebody with an account whose WeChat is bound. */
async function boundVisitor(): Promise<{ id: string; openid: string }> {
  const { openid } = await post('/inspect/people', { nickname: '已绑定' });
  const [row] = await system
    .owner('visitor')
    .insert({ openid_enc: Buffer.from('sealed'), openid_hash: system.index('openid', openid) })
    .returning('id');
  return { id: row.id, openid };
}

describe('a person whom WeChat names', () => {
  test('without an account here is asked to register, the openid kept sealed', async () => {
    const { openid } = await post('/inspect/people', { nickname: '新来的' });
    const back = await authorize(browser(), openid, '/wechat/oauth?return=/passes');
    expect(back).toContain('state=');
    const agent = browser();
    const done = await agent.get(await authorize(agent, openid)).expect(303);
    expect(done.headers.location).toBe('/register');
    expect(JSON.stringify(await sessions())).not.toContain(openid);
  });

  test('without an account here goes on under a new session id, signed in as before', async () => {
    const known = await boundVisitor();
    const agent = browser();
    await agent.get(await authorize(agent, known.openid)).expect(303);
    const { openid } = await post('/inspect/people', { nickname: '又一个' });
    const back = await authorize(agent, openid);
    const before = (await sessions()).filter(({ sess }) => sess.visitor === known.id);
    await agent.get(back).expect(303);
    const after = (await sessions()).filter(({ sess }) => sess.visitor === known.id);
    expect(before).toHaveLength(1);
    expect(after).toHaveLength(1);
    expect(after[0]?.sid).not.toBe(before[0]?.sid);
    expect(after[0]?.sess.wechat.person.sealed).toEqual(expect.any(String));
  });

  test('with an account here is signed in under a new session id and led on', async () => {
    const { id, openid } = await boundVisitor();
    const agent = browser();
    const back = await authorize(agent, openid, '/wechat/oauth?return=/reservations');
    const before = (await sessions()).map(({ sid }) => sid);
    const done = await agent.get(back).expect(303);
    expect(done.headers.location).toBe('/reservations');
    const mine = (await sessions()).filter(({ sess }) => sess.visitor === id);
    expect(mine).toHaveLength(1);
    expect(before).not.toContain(mine[0]?.sid);
    expect(mine[0]?.sess.channel).toBe('wechat');
    expect(await system.owner('audit').where({ action: 'visitor_signed_in', subject_id: id })).toHaveLength(1);
  });

  test('is not signed in when their account was superseded', async () => {
    const { id, openid } = await boundVisitor();
    await system.owner('visitor').where({ id }).update({ superseded_at: new Date() });
    const agent = browser();
    const done = await agent.get(await authorize(agent, openid)).expect(303);
    expect(done.headers.location).toBe('/register');
  });

  test('on a snapshot page is told how to go on, and nobody is remembered', async () => {
    const { id, openid } = await boundVisitor();
    const agent = browser();
    const back = await authorize(agent, openid);
    await post('/inspect/faults', { target: 'wechat.oauth', mode: 'snapshot', times: 1 });
    const refused = await agent.get(back).expect(403);
    expect(sentence(refused.text)).toContain('使用完整服务');
    expect((await sessions()).some(({ sess }) => sess.visitor === id)).toBe(false);
  });
});

test('a visitor who only began leaves a session that is soon gone; one who signs in keeps theirs', async () => {
  const { id, openid } = await boundVisitor();
  const agent = browser();
  const before = (await system.owner('visitor_session').pluck('sid')) as string[];
  const back = await authorize(agent, openid);
  const [begun] = await system.owner('visitor_session').whereNotIn('sid', before);
  expect(begun.expire.getTime()).toBeLessThan(Date.now() + 3600_000);
  await agent.get(back).expect(303);
  const [mine] = await system.owner('visitor_session').whereRaw(`sess->>'visitor' = ?`, [id]);
  expect(mine.expire.getTime()).toBeGreaterThan(Date.now() + 24 * 3600_000);
});

describe('the way back', () => {
  test('leads to our own pages only', async () => {
    const { openid } = await boundVisitor();
    const elsewhere = ['https://evil.example/', '//evil.example', '/\\evil.example', '/.//evil.example'];
    for (const away of [...elsewhere, 'javascript:alert(1)']) {
      const agent = browser();
      const back = await authorize(agent, openid, `/wechat/oauth?return=${encodeURIComponent(away)}`);
      expect((await agent.get(back).expect(303)).headers.location).toBe('/');
    }
  });

  test('belongs to the browser that began', async () => {
    const { id, openid } = await boundVisitor();
    const back = await authorize(browser(), openid);
    const refused = await browser().get(back).expect(400);
    expect(sentence(refused.text)).toContain('重新从公众号菜单进入');
    expect((await sessions()).filter(({ sess }) => sess.visitor === id)).toHaveLength(0);
  });

  test('a made-up state signs nobody in, even with a good code', async () => {
    const { id, openid } = await boundVisitor();
    const agent = browser();
    const back = new URL(await authorize(agent, openid), system.web);
    back.searchParams.set('state', 'made-up');
    await agent.get(back.pathname + back.search).expect(302);
    expect((await sessions()).filter(({ sess }) => sess.visitor === id)).toHaveLength(0);
  });

  test('signs nobody in after more than five minutes, and starts again', async () => {
    const { id, openid } = await boundVisitor();
    const agent = browser();
    const before: string[] = await system.owner('visitor_session').pluck('sid');
    const back = await authorize(agent, openid, '/wechat/oauth?return=/passes');
    const [{ sid, sess }] = await system.owner('visitor_session').whereNotIn('sid', before);
    const [asked] = sess.wechat.asked;
    const left = asked.until - Date.now();
    expect([left > 4.5 * 60_000, left <= 5 * 60_000]).toEqual([true, true]);
    const old = { ...sess, wechat: { ...sess.wechat, asked: [{ ...asked, until: Date.now() - 1 }] } };
    await system
      .owner('visitor_session')
      .where({ sid })
      .update({ sess: JSON.stringify(old) });
    const again = await agent.get(back).expect(302);
    expect((await sessions()).filter(({ sess: one }) => one.visitor === id)).toHaveLength(0);
    const done = await agent.get(await choose(again.headers.location ?? '', openid)).expect(303);
    expect(done.headers.location).toBe('/');
  });

  test('starts again quietly when it is walked twice, and ends when it goes in a circle', async () => {
    const { openid } = await post('/inspect/people', { nickname: '双击' });
    const agent = browser();
    const back = await authorize(agent, openid, '/wechat/oauth?return=/passes');
    await agent.get(back).expect(303);
    const again = await agent.get(back).expect(302);
    const done = await agent.get(await choose(again.headers.location ?? '', openid)).expect(303);
    expect(done.headers.location).toBe('/register');
    await agent.get(back).expect(302);
    await agent.get(back).expect(302);
    await agent.get(back).expect(400);
  });

  test('starts again quietly when its code was used meanwhile', async () => {
    const { openid } = await boundVisitor();
    const agent = browser();
    const first = new URL(await authorize(agent, openid, '/wechat/oauth?return=/passes'), system.web);
    const second = new URL(await authorize(agent, openid, '/wechat/oauth?return=/passes'), system.web);
    await browserlessExchange(first.searchParams.get('code') ?? '');
    second.searchParams.set('code', first.searchParams.get('code') ?? '');
    const restarted = await agent.get(second.pathname + second.search).expect(302);
    const done = await agent.get(await choose(restarted.headers.location ?? '', openid)).expect(303);
    expect(done.headers.location).toBe('/passes');
  });

  test('when WeChat is busy says so and what to do', async () => {
    const { openid } = await boundVisitor();
    const agent = browser();
    const back = await authorize(agent, openid);
    await post('/inspect/faults', { target: 'wechat.oauth', mode: 'busy', times: 1 });
    expect(sentence((await agent.get(back).expect(503)).text)).toContain('手机号登录');
  });
});

/** Uses a code up, as a double tap does on its other connection. */
async function browserlessExchange(code: string): Promise<void> {
  const agent = browser();
  const begun = new URL((await agent.get('/wechat/oauth').expect(302)).headers.location ?? '');
  await agent.get(`/wechat/oauth?code=${code}&state=${begun.searchParams.get('state')}`).expect(303);
}
