import { load } from 'cheerio';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { markMessenger, staffMessengers } from '../../store/messages/staff-messenger.ts';
import { leave } from '../../store/staff/leaving.ts';
import { createStaff } from '../../store/staff/staff.ts';
import { type OfficePhone, officePhone } from '../../testing/office-phone.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { type System, staffLogins, startSystem } from '../../testing/system.ts';

let system: System;
let phone: OfficePhone;
let approver: Awaited<ReturnType<typeof staffBrowser>>;
let other: Awaited<ReturnType<typeof staffBrowser>>;
let last = 0;
let user: string;

const page = '/staff/me/messengers/wecom';
const { password: present_password } = staffLogins.approver;

beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'web'] });
  phone = officePhone(system.sandbox);
  approver = await staffBrowser(system.web, 'approver');
  other = await staffBrowser(system.web, 'otherApprover');
});
afterAll(() => system?.stop());
beforeEach(async () => {
  user = `wang.${++last}`;
  await phone.user(user);
  await system.owner('attempt').delete();
  await system.owner('staff_messenger_code').delete();
  await system.owner('staff_messenger').delete();
});

type Browser = typeof approver;
const name = (form: Record<string, string>, by: Browser = approver) => by.post(page).type('form').send(form);
const enter = (code: string, by: Browser = approver) => by.post(`${page}/code`).type('form').send({ code });
const idOf = async (username: string): Promise<string> =>
  (await system.owner('staff').where({ username }).first('id')).id;
const boundTo = async (username = 'approver') =>
  (await staffMessengers(system.db, system.cipher, await idOf(username))).map((one) => one.user);
async function bind(by: Browser = approver) {
  await name({ user_id: user, present_password }, by).expect(303);
  await enter(await phone.code(user), by).expect(303);
}

test('a user is bound by the code that came to them, in whatever case it was typed, and unbound again', async () => {
  const sent = await name({ user_id: `  ${user.toUpperCase()} `, present_password }).expect(303);
  expect(sent.headers.location).toBe(page);
  expect(load((await approver.get(page).expect(200)).text)('form[action$="/code"]').text()).toContain(user);
  expect((await phone.messages(user))[0]?.text).toContain('请勿告诉任何人');
  expect(await boundTo()).toEqual([]);
  expect((await enter(await phone.code(user))).headers.location).toBe('/staff/me?saved');
  expect(await boundTo()).toEqual([user]);
  expect(load((await approver.get('/staff/me')).text)('[aria-labelledby=wecom]').text()).toContain('已于');
  expect(load((await approver.get(page)).text)('[aria-labelledby=bound]').text()).toContain(user);
  await approver.post(`${page}/unbinding`).expect(303);
  expect(await boundTo()).toEqual([]);
  const acts = await system.owner('audit').where('action', 'like', 'staff_messenger%').orderBy('id');
  expect(acts.map(({ action }) => action)).toEqual(['staff_messenger_bound', 'staff_messenger_unbound']);
  expect(acts[0].detail).toEqual({ messenger: 'wecom', user: `w***${user.at(-1)}` });
});

test('a user id is nowhere in clear', async () => {
  await bind();
  const [row] = await system.owner('staff_messenger');
  for (const column of [row.user_enc, row.user_hash]) expect(column.includes(Buffer.from(user))).toBe(false);
});

describe('what is typed', () => {
  test.each([
    ['', '不能为空'],
    ['two words', '只含字母'],
    ['a|b', '只含字母'],
    ['@all', '只含字母'],
    ['＠ALL', '只含字母'],
    ['x'.repeat(65), '只含字母'],
    ['nobody.at.all', '没有这个用户'],
  ])('%j is refused at its field, and kept', async (user_id, words) => {
    const answer = load((await name({ user_id, present_password }).expect(422)).text);
    expect(answer('#field-user_id-error').text()).toContain(words);
    expect(answer('#field-user_id').val()).toBe(user_id);
    expect(answer('form[action$="/code"]')).toHaveLength(0);
  });

  test('is said at each field at once, where nothing was typed', async () => {
    const answer = load((await name({ user_id: '', present_password: '' }).expect(422)).text);
    expect(answer('#field-user_id-error').text()).toContain('不能为空');
    expect(answer('#field-present_password-error').text()).toContain('不能为空');
  });

  test.each([
    ['nothing', '', '密码不能为空'],
    ['another password', 'not the password', '当前密码不正确'],
  ])('by a session that was left open names nobody: %s', async (_, typed, words) => {
    const answer = load((await name({ user_id: user, present_password: typed }).expect(422)).text);
    expect(answer('#field-present_password-error').text()).toContain(words);
    expect(await phone.messages(user)).toEqual([]);
  });

  test('is no code: it is refused at its field', async () => {
    await name({ user_id: user, present_password }).expect(303);
    for (const typed of ['', '12345x']) {
      expect(load((await enter(typed).expect(422)).text)('#field-code-error').text()).not.toBe('');
    }
    expect(await boundTo()).toEqual([]);
  });
});

describe('a code', () => {
  test('is worthless after five wrong ones', async () => {
    await name({ user_id: user, present_password }).expect(303);
    const right = await phone.code(user);
    const wrong = right === '000000' ? '000001' : '000000';
    for (let tried = 0; tried < 5; tried++) await enter(wrong).expect(422);
    const over = load((await enter(right).expect(422)).text);
    expect(over('#code-over').text()).toContain('已过期');
    expect(await boundTo()).toEqual([]);
  });

  test('is worthless after its time', async () => {
    await name({ user_id: user, present_password }).expect(303);
    await system.owner('staff_messenger_code').update({ made_at: new Date(0), expires_at: new Date(1) });
    await enter(await phone.code(user)).expect(422);
  });

  test('is worthless once another one was asked for', async () => {
    await name({ user_id: user, present_password }).expect(303);
    const former = await phone.code(user);
    await name({ user_id: user, present_password }).expect(303);
    const current = await phone.code(user);
    if (former !== current) await enter(former).expect(422);
    await enter(current).expect(303);
  });

  test('binds once', async () => {
    await name({ user_id: user, present_password }).expect(303);
    const code = await phone.code(user);
    await enter(code).expect(303);
    await enter(code).expect(422);
  });

  test('is of use to nobody but who asked for it', async () => {
    await name({ user_id: user, present_password }).expect(303);
    await enter(await phone.code(user), other).expect(422);
    expect(await boundTo('approver2')).toEqual([]);
  });

  test('goes to one user five times an hour, whoever asks', async () => {
    for (let sent = 0; sent < 5; sent++) await name({ user_id: user, present_password }).expect(303);
    const asked = { user_id: user, present_password: staffLogins.otherApprover.password };
    const answer = load((await name(asked, other).expect(429)).text);
    expect(answer('[role=alert]').text()).toContain('分钟后再试');
    expect(await phone.messages(user)).toHaveLength(5);
  });

  test('that could not be sent is said so, and is none', async () => {
    await phone.fault('wecom.send', 'busy', 1);
    const answer = load((await name({ user_id: user, present_password }).expect(503)).text);
    expect(answer('[role=alert]').text()).toContain('暂时发不出去');
    expect(answer('#field-user_id').val()).toBe(user);
    expect(await system.owner('staff_messenger_code')).toEqual([]);
  });

  test('whose answer was lost may have come: it can be entered', async () => {
    await phone.fault('wecom.send', 'lose', 1);
    await name({ user_id: user, present_password }).expect(303);
    await enter(await phone.code(user)).expect(303);
    expect(await boundTo()).toEqual([user]);
  });
});

test('a user who is bound to a colleague is theirs', async () => {
  await bind();
  await name({ user_id: user, present_password: staffLogins.otherApprover.password }, other).expect(303);
  const refused = load((await enter(await phone.code(user), other).expect(422)).text);
  expect(refused('[role=alert]').text()).toContain('已绑定另一位教职工');
  expect([await boundTo(), await boundTo('approver2')]).toEqual([[user], []]);
});

test('another user takes the place of the former one', async () => {
  await bind();
  user = `wang.${++last}`;
  await phone.user(user);
  await bind();
  expect(await boundTo()).toEqual([user]);
});

test('a user who takes nothing any more is shown to their owner, who says when it is mended, and to admins', async () => {
  await bind();
  await markMessenger(system.db, await idOf('approver'), 'wecom', { fault: 'no_user', writtenAt: new Date() });
  expect(load((await approver.get('/staff/me')).text)('#wecom-fault').text()).toContain('不再向它发送');
  const admin = await staffBrowser(system.web, 'admin');
  const faults = async () =>
    load((await admin.get('/admin/faults').expect(200)).text)('[aria-labelledby=unreached]').text();
  expect(await faults()).toContain('企业微信收不到消息，自');
  expect(load((await approver.get(page)).text)('#fault').text()).toContain('企业微信找不到已绑定的用户');
  await approver.post(`${page}/retry`).expect(303);
  expect(await faults()).not.toContain('企业微信收不到消息');
});

test('who leaves has none any more', async () => {
  const staff = await createStaff(system.db, {
    username: 'leaver',
    password: 'the gate beside the ginkgo',
    name: '离',
  });
  const leaver = await staffBrowser(system.web, { username: 'leaver', password: 'the gate beside the ginkgo' });
  await name({ user_id: user, present_password: 'the gate beside the ginkgo' }, leaver).expect(303);
  await enter(await phone.code(user), leaver).expect(303);
  expect(await boundTo('leaver')).toEqual([user]);
  await system.db.transaction((trx) => leave(trx, { staff }));
  expect(await system.owner('staff_messenger')).toEqual([]);
});

test.each(['feishu', 'dingtalk'] as const)('a user of %s is bound by the code that came there', async (messenger) => {
  const at = officePhone(system.sandbox, messenger);
  const to = `/staff/me/messengers/${messenger}`;
  const form = approver.post(to).type('form');
  await at.user(user);
  await form.send({ user_id: user, present_password }).expect(303);
  await approver
    .post(`${to}/code`)
    .type('form')
    .send({ code: await at.code(user) })
    .expect(303);
  expect(await staffMessengers(system.db, system.cipher, await idOf('approver'))).toMatchObject([{ messenger, user }]);
  expect(load((await approver.get('/staff/me')).text)(`[aria-labelledby=${messenger}]`).text()).toContain('已于');
  expect((await at.messages(user))[0]?.text).toContain('请勿告诉任何人');
});

test('a messenger that is not set up has no page', async () => {
  for (const one of ['feishux', 'mail', 'nothing']) await approver.get(`/staff/me/messengers/${one}`).expect(404);
});

test('nobody comes here without a login', async () => {
  const { web } = system;
  const answer = await fetch(web + page, { redirect: 'manual' });
  expect(answer.headers.get('location')).toContain('/staff/login');
});
