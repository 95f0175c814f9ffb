import { load } from 'cheerio';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bindStaffWechat, markWechat } from '../../store/messages/staff-contact.ts';
import { keepTaskNews } from '../../store/messages/task-news.ts';
import { openToShow } from '../../store/people/session-secret.ts';
import { mailStaffLink } from '../../store/staff/link-mail.ts';
import { createStaff } from '../../store/staff/staff.ts';
import { makeAskedLink, makeStaffLink } from '../../store/staff/staff-link.ts';
import { pageAgent } from '../../testing/page-agent.ts';
import { aWaitingTask } from '../../testing/reservations.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { type System, staffLogins, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';

let system: System;
/** One session: an address has a number of logins in a quarter of an hour. */
let approver: Awaited<ReturnType<typeof staffBrowser>>;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
  approver = await staffBrowser(system.web, 'approver');
});
afterAll(() => system?.stop());

const { password: present_password } = staffLogins.approver;
const good = { email: 'approver@example.edu', language: 'zh-CN', present_password };
const say = async (form: Record<string, string>) => approver.post('/staff/me').type('form').send(form);
const mails = async (address: string) =>
  (await (await fetch(`${system.sandbox}/inspect/mails?address=${address}`)).json()) as { text: string }[];
const fault = (mode: string) =>
  fetch(`${system.sandbox}/inspect/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ target: 'mail.send', mode, times: 1 }),
  });

describe('an address', () => {
  test.each([
    'nobody',
    'one@example.edu, two@example.edu',
    'one@example.edu;two@example.edu',
    'one@example.edu\r\nBcc: two@example.edu',
    'One <one@example.edu>',
  ])('%j is refused at its field and kept as typed', async (email) => {
    const page = load((await say({ ...good, email })).text);
    expect(page('#field-email-error').text()).toContain('只填一个邮箱地址');
    expect(await system.owner('staff_contact').whereNotNull('email_enc')).toEqual([]);
  });

  test('is its owner’s to see, sealed, and in the audit only as there or not', async () => {
    expect((await say({ ...good, digest: 'on' })).headers.location).toBe('/staff/me?saved');
    const own = load((await approver.get('/staff/me')).text);
    expect(own('#field-email').val()).toBe(good.email);
    expect(own('[name=digest]').attr('checked')).toBeDefined();
    expect(own('[name=quiet]').attr('checked')).toBeUndefined();
    const other = await (await staffBrowser(system.web, 'otherApprover')).get('/staff/me');
    expect(other.text).not.toContain(good.email);
    const [act] = await system.owner('audit').where({ action: 'staff_contact_changed' });
    expect(act.detail).toEqual({ email: true, language: 'zh-CN', digest: true, quiet: false });
  });
});

describe('a session that was left open', () => {
  const other = { ...good, email: 'stranger@example.edu' };
  const kept = async () => {
    const page = load((await approver.get('/staff/me').expect(200)).text);
    return page('#field-email').val();
  };

  test.each([
    ['nothing', '', '密码不能为空'],
    ['another password', 'not the password', '当前密码不正确'],
  ])('leads no mail elsewhere by %s', async (_, typed, words) => {
    await say(good);
    const page = load((await say({ ...other, present_password: typed })).text);
    expect(page('#field-present_password-error').text()).toContain(words);
    expect(page('#field-email').val()).toBe(other.email);
    expect(page('#field-present_password').val()).toBeFalsy();
    expect(await kept()).toBe(good.email);
    expect((await say({ ...good, present_password: typed, digest: 'on' })).status, 'the address as it is').toBe(303);
  });

  test('a link to a new password is worthless once its address is not theirs any more', async () => {
    const { id: staff } = await system.owner('staff').where({ username: staffLogins.approver.username }).first('id');
    const expiresAt = new Date(Date.now() + 600_000);
    const open = await system.db.transaction((trx) => makeAskedLink(trx, { staff, use: 'forgotten', expiresAt }));
    await say(good);
    const revoked = async () => (await system.owner('staff_link').where({ id: open }).first()).revoked_at;
    expect(await revoked(), 'the address as it is').toBeNull();
    await say(other);
    expect(await revoked()).not.toBeNull();
    await say(good);
  });
});

describe('WeChat', () => {
  const aPerson = async () => {
    const headers = { 'content-type': 'application/json' };
    const made = await fetch(`${system.sandbox}/inspect/people`, {
      method: 'POST',
      headers,
      body: '{"nickname":"王老师"}',
    });
    return ((await made.json()) as { openid: string }).openid;
  };
  type Browser = Awaited<ReturnType<typeof staffBrowser>>;
  /** Comes back from WeChat's page as this person. */
  async function throughWechat(agent: Browser, openid: string) {
    const asked = await agent.get('/staff/wechat').expect(302);
    const body = new URLSearchParams({ openid });
    const sent = await fetch(asked.headers.location ?? '', { method: 'POST', body, redirect: 'manual' });
    const back = new URL(sent.headers.get('location') ?? '');
    return agent.get(back.pathname + back.search);
  }
  const bound = () => system.owner('staff_contact').whereNotNull('openid_hash');

  test('is bound when its owner says so, to one account, and unbound again', async () => {
    const openid = await aPerson();
    const agent = await staffBrowser(system.web, 'approver');
    const back = await throughWechat(agent, openid);
    expect(back.headers.location).toBe('/staff/me');
    expect(await bound()).toEqual([]);
    await agent.get('/staff/me');
    await agent.post('/staff/me/wechat').type('form').send({ bind: 'yes' }).expect(303);
    expect(await bound()).toHaveLength(1);
    const other = await staffBrowser(system.web, 'otherApprover');
    await throughWechat(other, openid);
    await other.get('/staff/me');
    const taken = await other.post('/staff/me/wechat').type('form').send({ bind: 'yes' });
    expect(taken.headers.location).toBe('/staff/me?wechat=taken');
    await agent.get('/staff/me');
    await agent.post('/staff/me/wechat/unbinding').expect(303);
    expect(await bound()).toEqual([]);
    const acts = await system.owner('audit').where('action', 'like', 'staff_wechat%').orderBy('id').pluck('action');
    expect(acts).toEqual(['staff_wechat_bound', 'staff_wechat_unbound']);
  });

  test('is not bound by an answer that this session did not ask for', async () => {
    const agent = await staffBrowser(system.web, 'approver');
    await agent.get('/staff/wechat').expect(302);
    const strange = await agent.get('/staff/wechat?code=x&state=another').expect(303);
    expect(strange.headers.location).toBe('/staff/me?wechat=again');
    await agent.get('/staff/me');
    await agent.post('/staff/me/wechat').type('form').send({ bind: 'yes' }).expect(303);
    expect(await bound()).toEqual([]);
  });
});

describe('a WeChat bound from a desktop', () => {
  const page = '/staff/wechat/code';
  const phone = () => pageAgent(system.web).set({ Origin: system.web });
  type Agent = ReturnType<typeof phone>;
  const bound = () => system.owner('staff_contact').whereNotNull('openid_hash').pluck('staff_id');
  const idOf = async (username: string) => (await system.owner('staff').where({ username }).first('id')).id;
  const aPerson = async () => {
    const headers = { 'content-type': 'application/json' };
    const made = await fetch(`${system.sandbox}/inspect/people`, {
      method: 'POST',
      headers,
      body: '{"nickname":"王老师"}',
    });
    return ((await made.json()) as { openid: string }).openid;
  };
  /** A new code on this desktop. @returns the address that its QR code holds */
  async function code(desktop: Agent): Promise<string> {
    await desktop.get('/staff/me').expect(200);
    await desktop.post(page).expect(303);
    const $ = load((await desktop.get(page).expect(200)).text);
    expect($('.qr svg')).toHaveLength(1);
    const [{ sess }] = await system
      .owner('staff_session as k')
      .join('staff_wechat_code as c', 'c.session_id', 'k.id')
      .where('c.staff_id', await idOf('approver'))
      .select('k.sess');
    return openToShow(system.cipher, 'code to bind a WeChat', sess.wechatCode);
  }
  /** Scanned within this person's WeChat, as far as the page that asks. */
  async function scan(agent: Agent, address: string, openid: string): Promise<void> {
    const opened = await fetch(`${system.sandbox}/wechat/${openid}/scan?${new URLSearchParams({ address })}`);
    expect(load(await opened.text())('nav a').attr('href')).toBe(address);
    const asked = await agent.get(new URL(address).pathname).expect(302);
    const cookie = opened.headers.get('set-cookie')?.split(';')[0] ?? '';
    const named = await fetch(asked.headers.location ?? '', { headers: { cookie }, redirect: 'manual' });
    const back = new URL(named.headers.get('location') ?? '');
    await agent.get(back.pathname + back.search).expect(303);
  }
  const answer = (agent: Agent, bind: string) => agent.post('/staff/wechat/phone').type('form').send({ bind });
  let desktop: Agent;
  let openid: string;
  beforeEach(async () => {
    await system.owner('staff_contact').delete();
    desktop = await staffBrowser(system.web, 'approver');
    openid = await aPerson();
  });

  test('is bound when its owner says so on the phone, which names the account; once', async () => {
    const [agent, other] = [phone(), phone()];
    const address = await code(desktop);
    await scan(agent, address, openid);
    await scan(other, address, await aPerson());
    const asking = load((await agent.get('/staff/wechat/phone').expect(200)).text);
    const { name, username } = await system.owner('staff').where({ username: 'approver' }).first();
    expect(asking('main').text()).toContain(`绑定到 ${name} 的账号`);
    expect(asking('main').text()).not.toContain(username);
    expect(await bound()).toEqual([]);
    expect((await desktop.get(`${page}/news`).expect(204)).headers['hx-redirect']).toBeUndefined();
    await answer(agent, 'yes').expect(200);
    expect(await bound()).toEqual([await idOf('approver')]);
    expect((await desktop.get(`${page}/news`).expect(204)).headers['hx-redirect']).toBe(page);
    expect(load((await desktop.get(page).expect(200)).text)('[role=status]').text()).toContain('绑定');
    // A second phone, the same one again, and whoever opens the address now.
    await answer(other, 'yes').expect(409);
    await answer(agent, 'yes').expect(409);
    await phone().get(new URL(address).pathname).expect(404);
    expect(await bound()).toHaveLength(1);
    const [act] = await system.owner('audit').where({ action: 'staff_wechat_bound' }).orderBy('id', 'desc').limit(1);
    expect(act).toMatchObject({ actor_id: await idOf('approver'), detail: { by: 'qr' } });
    const kept = await system.owner('staff_wechat_code');
    expect(JSON.stringify(kept)).not.toContain(address.slice(-43));
  });

  test('is not bound when its owner says no', async () => {
    const agent = phone();
    await scan(agent, await code(desktop), openid);
    await agent.get('/staff/wechat/phone').expect(200);
    await answer(agent, 'no').expect(200);
    await answer(agent, 'yes').expect(409);
    expect(await bound()).toEqual([]);
  });

  test('is not bound after five minutes, a newer code, or the end of the desktop’s session', async () => {
    const over = async (end: () => Promise<unknown>) => {
      const agent = phone();
      const address = await code(desktop);
      await scan(agent, address, openid);
      await agent.get('/staff/wechat/phone').expect(200);
      await end();
      await answer(agent, 'yes').expect(409);
      await phone().get(new URL(address).pathname).expect(404);
      expect(await bound()).toEqual([]);
    };
    await over(async () => {
      const [row] = await system.owner('staff_wechat_code');
      expect(Number(row.expires_at) - Number(row.made_at)).toBe(5 * 60_000);
      await system.owner('staff_wechat_code').update({ made_at: '2026-01-01', expires_at: '2026-01-02' });
    });
    await over(() => desktop.post(page).expect(303));
    await over(() => desktop.post('/staff/sign-out').type('form').send({}).expect(303));
  });

  test('that is another member’s stays theirs', async () => {
    const other = await idOf('approver2');
    await system.owner.transaction((trx) => bindStaffWechat(trx, system, other, openid));
    const agent = phone();
    await scan(agent, await code(desktop), openid);
    await agent.get('/staff/wechat/phone').expect(200);
    const taken = load((await answer(agent, 'yes').expect(409)).text);
    expect(taken('[role=alert]').text()).toContain('已绑定另一位教职工');
    expect(await bound()).toEqual([other]);
  });

  test('is not bound by an answer of WeChat’s that this phone did not ask for', async () => {
    const [agent, victim] = [phone(), phone()];
    const asked = await agent.get(new URL(await code(desktop)).pathname).expect(302);
    const named = await fetch(asked.headers.location ?? '', {
      method: 'POST',
      body: new URLSearchParams({ openid }),
      redirect: 'manual',
    });
    const back = new URL(named.headers.get('location') ?? '');
    await victim.get(back.pathname + back.search).expect(409);
    await victim.get('/staff/wechat/phone').expect(404);
  });

  test('that takes no messages is shown to its owner, and tried again when they say so', async () => {
    const staff = await idOf('approver');
    await system.owner.transaction((trx) => bindStaffWechat(trx, system, staff, openid));
    await markWechat(system.owner, staff, { fault: 'blocked', writtenAt: new Date() });
    const own = load((await desktop.get('/staff/me').expect(200)).text);
    expect(own('#wechat-fault').text()).toContain('拒收公众号的消息');
    const faults = load((await (await staffBrowser(system.web, 'admin')).get('/admin/faults')).text);
    expect(faults('[aria-labelledby=unreached]').text()).toContain('微信收不到消息');
    await desktop.post('/staff/me/wechat/retry').expect(303);
    expect(load((await desktop.get('/staff/me').expect(200)).text)('#wechat-fault')).toHaveLength(0);
  });
});

describe('a mail that comes back', () => {
  test('is reported by the mail server; its owner and the admins see it', async () => {
    await say(good);
    await fault('bounce');
    const waiting = await aWaitingTask(system);
    await system.db.transaction((trx) => keepTaskNews(trx, waiting));
    const notice = () => approver.get('/staff/me').then(({ text }) => load(text)('#email-fault').text());
    expect(await until(async () => (await notice()) || undefined, 'the page tells of it')).toContain('被退回');
    const faults = load((await (await staffBrowser(system.web, 'admin')).get('/admin/faults')).text);
    expect(faults('[aria-labelledby=unreached]').text()).toContain('邮件退回');
    expect(faults.text()).not.toContain(good.email);
    expect(await mails(good.email)).toHaveLength(1);
    // Saved again, also as it is, it is tried again.
    await say(good);
    expect(await notice()).toBe('');
  });

  test('is believed only of somebody with the key', async () => {
    const report = (key: string) =>
      fetch(`${system.web}/mail/bounces`, { method: 'POST', headers: { authorization: `Bearer ${key}` }, body: 'x' });
    expect((await report('')).status).toBe(401);
    expect((await report('a'.repeat(32))).status).toBe(401);
  });
});

describe('an invitation by mail', () => {
  const address = 'wang.fang@example.edu';
  const password = 'the ginkgo beside the gate';
  const linkIn = (text = '') =>
    new URL(/http\S+\/staff\/links\/[\w-]{43}/.exec(text)?.[0] ?? 'http://no.link').pathname;
  const mailed = (count: number) =>
    until(async () => {
      const all = await mails(address);
      return all.length === count ? all[0]?.text : undefined;
    }, `${count} mails came`);

  test('goes beside the link that is shown, and again; who comes by it is told of tasks there', async () => {
    const admin = await staffBrowser(system.web, 'admin');
    const send = (path: string, form: object) => admin.post(path).type('form').send(form);
    await admin.get('/admin/staff/new');
    const form = { name: '王芳', username: 'wang.fang', role: '', department: '' };
    const refused = await send('/admin/staff', { ...form, email: 'a@example.edu, b@example.edu' }).expect(422);
    expect(load(refused.text)('#field-email-error').text()).toContain('只填一个邮箱地址');
    expect(load(refused.text)('#field-email').val()).toBe('a@example.edu, b@example.edu');

    const made = await send('/admin/staff', { ...form, email: address }).expect(303);
    const at = String(made.headers.location);
    const look = async () => load((await admin.get(at).expect(200)).text);
    const shown = linkIn((await look())('textarea').text());
    const first = linkIn(await mailed(1));
    const sent = async () => (await look())('#link-mail').text();
    expect(await until(async () => (await sent()).includes('邮件已于') && (await sent()), 'it went')).toContain(
      'w***@example.edu',
    );
    expect((await look()).text()).not.toContain(address);

    await fault('bounce');
    await send(`${at}/link`, { to: 'again' }).expect(303);
    const stranger = pageAgent(system.web).set({ Origin: system.web });
    for (const dead of [shown, first]) await stranger.get(dead).expect(404);
    expect(await until(async () => (await sent()).includes('被退回') && (await sent()), 'it came back')).toContain(
      '核对地址',
    );
    expect(load((await admin.get('/admin/staff').expect(200)).text)('tr:contains("wang.fang")').text()).toContain(
      '邀请未送达',
    );
    const wrong = await send(`${at}/link`, { email: 'nobody' }).expect(422);
    expect(load(wrong.text)('#field-email-error').text()).toContain('只填一个邮箱地址');

    await send(`${at}/link`, { email: address }).expect(303);
    const last = linkIn(await mailed(3));
    await stranger.get(last).expect(303);
    await stranger.get('/staff/password').expect(200);
    await stranger.post('/staff/password').type('form').send({ password, password_again: password }).expect(303);
    await stranger.get(last).expect(404);
    const person = await staffBrowser(system.web, { username: 'wang.fang', password });
    expect(load((await person.get('/staff/me')).text)('#field-email').val()).toBe(address);
    expect(await system.owner('staff_link_mail')).toEqual([]);
    const id = at.split('/').at(-1);
    const details = await system
      .owner('audit')
      .where({ subject_kind: 'staff', subject_id: id })
      .orderBy('id')
      .pluck('detail');
    expect(details.filter((one) => one?.mailed)).toHaveLength(4);
    expect(JSON.stringify(details)).not.toContain('example.edu');
  });

  test('that was handed over on paper proves no address', async () => {
    const staff = await createStaff(system.owner, { username: 'on.paper', name: '李纸' });
    const token = await makeStaffLink(system.owner, system.index, { staff, use: 'invitation' });
    await mailStaffLink(system.owner, system.cipher, { staff, address: 'paper@example.edu' });
    const agent = pageAgent(system.web).set({ Origin: system.web });
    await agent.get(`/staff/links/${token}`).expect(303);
    await agent.get('/staff/password').expect(200);
    await agent.post('/staff/password').type('form').send({ password, password_again: password }).expect(303);
    expect(await system.owner('staff_contact').where({ staff_id: staff })).toEqual([]);
  });
});
