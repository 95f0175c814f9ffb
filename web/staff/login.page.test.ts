import { load } from 'cheerio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createStaff } from '../../store/staff/staff.ts';
import { pageAgent } from '../../testing/page-agent.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { type System, staffLogins, startSystem } from '../../testing/system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ start: ['web'] });
});
afterAll(() => system?.stop());

let address = 0;
/** A browser nobody has used yet, at an address nobody has used yet. */
const browser = () => pageAgent(system.web).set({ Origin: system.web, 'X-Forwarded-For': `198.51.100.${++address}` });
const login = (username: string, password: string, agent = browser()) =>
  agent.post('/staff/login').type('form').send({ username, password });

test('a person who is not signed in is shown the login and led back afterwards', async () => {
  const agent = browser();
  const turned = await agent.get('/inbox?after=1').expect(303);
  expect(turned.headers.location).toBe('/staff/login?return=%2Finbox%3Fafter%3D1');
  const page = load((await agent.get(turned.headers.location ?? '').expect(200)).text);
  expect(page('form.card input[name=return]').val()).toBe('/inbox?after=1');
  const done = await agent
    .post('/staff/login')
    .type('form')
    .send({ ...staffLogins.approver, return: '/inbox?after=1' });
  expect(done.headers.location).toBe('/inbox?after=1');
});

test('a page that asks for a part of it after its session has ended leads back to itself', async () => {
  const at = '/inbox/01a229dc-97ae-7dd8-8d1e-3414e09739b9?tab=mine';
  const part = (page: string) =>
    browser().get('/inbox/news').set({ 'HX-Request': 'true', 'HX-Current-URL': page }).expect(204);
  const { headers } = await part(`${system.web}${at}`);
  expect(headers['hx-redirect']).toBe(`/staff/login?return=${encodeURIComponent(at)}`);
  const agent = browser();
  const page = load((await agent.get(String(headers['hx-redirect'])).expect(200)).text);
  expect(page('form.card input[name=return]').val()).toBe(at);
  for (const foreign of ['', 'nonsense', 'https://evil.example//evil.example/']) {
    const login = load(
      (
        await browser()
          .get(String((await part(foreign)).headers['hx-redirect']))
          .expect(200)
      ).text,
    );
    expect(login('form.card input[name=return]').val(), foreign).toBe('/staff');
  }
});

test('a page that is open and asks for what is new keeps no session alive; a person who looks does', async () => {
  const agent = await staffBrowser(system.web, 'approver');
  const own = () =>
    system.owner('staff_session').whereRaw(`sess->>'staff' = (select id::text from staff where username = 'approver')`);
  const [{ sid }] = await own().orderBy('began_at', 'desc');
  const kept = async () => (await own().where({ sid }).first()).sess.keptAt as number;
  const longAgo = Date.now() - 3600_000;
  await own()
    .where({ sid })
    .update({ sess: system.owner.raw(`(sess::jsonb || jsonb_build_object('keptAt', ?::numeric))::json`, [longAgo]) });
  await agent.get('/inbox/news').set('HX-Request', 'true').expect(200);
  expect(await kept()).toBe(longAgo);
  await agent.get('/inbox').expect(200);
  expect(await kept()).toBeGreaterThan(longAgo);
});

test('nobody is led elsewhere after the login', async () => {
  for (const away of ['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)']) {
    const done = await browser()
      .post('/staff/login')
      .type('form')
      .send({ ...staffLogins.approver, return: away });
    expect(done.headers.location).toBe('/staff');
  }
});

test('empty fields are named, the user name is kept, a wrong pair gets one and the same answer', async () => {
  const empty = load((await login('', '').expect(422)).text);
  expect(empty('#field-username-error').text()).toBe('用户名不能为空');
  expect(empty('#field-password-error').text()).toBe('密码不能为空');
  const wrong = (await login('approver', 'wrong').expect(422)).text;
  const unknown = (await login('nobody.here', 'wrong').expect(422)).text;
  const plain = (text: string) => text.replace(/nobody\.here|approver/g, '');
  expect(plain(wrong)).toBe(plain(unknown));
  expect(load(wrong)('#field-username').val()).toBe('approver');
  expect(wrong).not.toContain('value="wrong"');
});

test('a login makes a new session; signing out ends it; every other session of theirs can be ended too', async () => {
  const agent = browser();
  await login(staffLogins.admin.username, staffLogins.admin.password, agent).expect(303);
  const before = await system.owner('staff_session').count();
  const again = await login(staffLogins.admin.username, staffLogins.admin.password, agent).expect(303);
  expect(again.headers['set-cookie']?.[0]).toMatch(/^xiaomen-staff=.*HttpOnly; SameSite=Lax/);
  expect(await system.owner('staff_session').count()).toEqual(before);

  const elsewhere = await staffBrowser(system.web, 'admin');
  await agent.get('/inbox').expect(200);
  await agent.post('/staff/sessions/revocation').expect(303);
  await agent.get('/inbox').expect(303);
  await elsewhere.get('/inbox').expect(303);

  const third = await staffBrowser(system.web, 'admin');
  await third.get('/admin/faults').expect(200);
  await third.post('/staff/sign-out').expect(303);
  await third.get('/admin/faults').expect(303);
});

test('a staff member who has left is signed out at once', async () => {
  const id = await createStaff(system.owner, {
    username: 'leaver',
    password: 'long enough',
    name: '离职',
    demo: false,
  });
  const agent = browser();
  await login('leaver', 'long enough', agent).expect(303);
  await agent.get('/inbox').expect(200);
  await system.owner('staff').where({ id }).update({ left_at: new Date() });
  await agent.get('/inbox').expect(303);
  await login('leaver', 'long enough').expect(422);
});

describe('tries', () => {
  test('after five on one account even the right password has to wait, from wherever it comes', async () => {
    await createStaff(system.owner, { username: 'guessed', password: 'the right one', name: '被猜' });
    const answers = await Promise.all(Array.from({ length: 8 }, () => login('guessed', 'wrong')));
    expect(answers.map(({ status }) => status).sort()).toEqual([422, 422, 422, 422, 422, 429, 429, 429]);
    const late = await login('guessed', 'the right one').expect(429);
    expect(late.headers['retry-after']).toMatch(/^\d+$/);
    expect(load(late.text)('[role=alert]').text()).toContain('操作过于频繁');
  });

  test('an address that goes through accounts is stopped, whichever account it tries next', async () => {
    const from = '203.0.113.7';
    const tried = { kind: 'staff_login_address', key_hash: system.index('address', from) };
    await system.owner('attempt').insert(Array.from({ length: 28 }, () => tried));
    const tries = [1, 2, 3].map((n) => login(`guess${n}`, 'x', browser().set('X-Forwarded-For', from)));
    const answers = await Promise.all(tries);
    expect(answers.map(({ status }) => status).sort()).toEqual([422, 422, 429]);
    await login(staffLogins.admin.username, staffLogins.admin.password).expect(303);
  });

  test('the right password forgets the wrong ones before it', async () => {
    await createStaff(system.owner, { username: 'clumsy', password: 'the right one', name: '手滑' });
    for (let n = 0; n < 3; n += 1) await login('clumsy', 'wrong').expect(422);
    await login('clumsy', 'the right one').expect(303);
    for (let n = 0; n < 4; n += 1) await login('clumsy', 'wrong').expect(422);
    await login('clumsy', 'the right one').expect(303);
  });
});

test('logins and refusals are in the audit, with a hash of the address and never with what was typed', async () => {
  await login('approver', 'secret typed here').expect(422);
  await login('secret-typed-as-name', 'x').expect(422);
  const rows = await system.owner('audit').where('action', 'like', 'staff_sign%').orderBy('id', 'desc').limit(2);
  const approver = await system.owner('staff').where({ username: 'approver' }).first();
  expect(rows.map((row) => row.subject_id)).toEqual(['unknown', approver.id]);
  expect(rows[0].address_hash).toHaveLength(32);
  expect(JSON.stringify(rows)).not.toMatch(/secret|198\.51/);
});

test('an error on a page of staff stands within their frame, with a way back', async () => {
  const nowhere = '00000000-0000-4000-8000-000000000000';
  const [approver, admin] = [await staffBrowser(system.web, 'approver'), await staffBrowser(system.web, 'admin')];
  const shown = async (agent: ReturnType<typeof browser>, path: string) =>
    load((await agent.get(path).expect(404)).text);
  for (const [agent, path, back, words] of [
    [approver, `/inbox/${nowhere}`, '/inbox', '待办审批'],
    [approver, '/admin/audit', '/inbox', '待办审批'],
    [approver, '/staff/nothing', '/inbox', '待办审批'],
    [admin, `/admin/staff/${nowhere}`, '/admin/staff', '账号'],
    [admin, `/admin/policies/${nowhere}`, '/admin/policies', '审批规则'],
    [admin, '/admin/data-requests/nothing', '/admin/data-requests', '信息请求'],
    [admin, '/security', '/inbox', '待办审批'],
  ] as const) {
    const $ = await shown(agent, path);
    expect($('.staffbar__nav a[href="/inbox"]'), path).toHaveLength(1);
    expect($('.staffbar__me summary').text(), path).not.toBe('');
    const way = $(`main .state a[href="${back}"]`);
    expect(way.text(), path).toBe(words);
    expect($('.state__text').text(), path).not.toContain('接待部门');
  }
  await approver.get('/inbox').expect(200);
  const refused = await approver.post('/staff/standing-in/delegations').set('Form-Owner', '').expect(403);
  expect(load(refused.text)('.staffbar__nav a')).not.toHaveLength(0);
  const piece = await approver.get(`/inbox/${nowhere}`).set('HX-Request', 'true').expect(404);
  expect(load(piece.text)('.staffbar')).toHaveLength(0);
  const gone = load(
    (
      await browser()
        .get(`/staff/links/${'a'.repeat(43)}`)
        .expect(404)
    ).text,
  );
  expect(gone('.staffbar'), 'nobody is signed in').toHaveLength(0);
  const link = load((await approver.get(`/t/${'a'.repeat(43)}`).expect(404)).text);
  expect(link('.staffbar'), 'links in mails know no session').toHaveLength(0);
});
