import { load } from 'cheerio';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { beginSecondFactor } from '../../../store/staff/second-factor.ts';
import { createStaff } from '../../../store/staff/staff.ts';
import { isLastAdmin } from '../../../store/staff/staff-role.ts';
import { untilBlockedBy, untilWaiting } from '../../../testing/blocked.ts';
import { pageAgent } from '../../../testing/page-agent.ts';
import { aWaitingTask } from '../../../testing/reservations.ts';
import { staffBrowser } from '../../../testing/staff-browser.ts';
import { type System, startSystem } from '../../../testing/system.ts';

/** Accounts of staff, made, changed and ended by an admin on pages alone. */

let system: System;
let admin: Agent;
let department: string;
beforeAll(async () => {
  system = await startSystem({ start: ['web'] });
  admin = await staffBrowser(system.web, 'admin');
  department = (await system.owner('department').where({ name_zh: '图书馆' }).first()).id;
});
afterAll(() => system?.stop());
beforeEach(() => system.owner('attempt').delete());

type Agent = Awaited<ReturnType<typeof staffBrowser>>;
const top = '/admin/staff';
const password = 'the ginkgo beside the gate';
const browser = () => pageAgent(system.web).set({ Origin: system.web });
const send = (agent: Agent, path: string, form: object = {}) => agent.post(path).type('form').send(form);
const page = async (agent: Agent, path: string, status = 200) => load((await agent.get(path).expect(status)).text);
const row = (username: string) => system.owner('staff').where({ username }).first();
const auditOf = (id: string, action: string) =>
  system.owner('audit').where({ subject_kind: 'staff', subject_id: id, action });

/** Made on the page. @returns where their account is, and the link that its page shows once */
async function make(form: object) {
  const made = await send(admin, top, { role: '', department: '', ...form }).expect(303);
  const at = String(made.headers.location);
  const $ = await page(admin, at);
  return { at, id: at.slice(top.length + 1), link: $('textarea').text().trim() };
}

/** By the link that was handed over. */
async function setPassword(link: string) {
  const agent = browser();
  await agent.get(new URL(link).pathname).expect(303);
  await send(agent, '/staff/password', { password, password_again: password }).expect(303);
}

async function signedIn(username: string) {
  const agent = browser();
  await send(agent, '/staff/login', { username, password }).expect(303);
  return agent;
}

describe('a new account', () => {
  test('gets a role of a department, and a link that is shown once', async () => {
    const { at, id, link } = await make({ name: '王芳', username: 'wang.fang', role: 'approver', department });
    expect(link).toMatch(new RegExp(`^${system.web}/staff/links/[\\w-]{43}$`));
    expect((await page(admin, at))('textarea')).toHaveLength(0);
    expect((await page(admin, top))(`tr:contains("wang.fang")`).text()).toMatch(/审批人（图书馆）[\s\S]*未设密码/);
    await setPassword(link);
    await (await signedIn('wang.fang')).get('/inbox').expect(200);
    const [created] = await auditOf(id, 'staff_created');
    expect(created).toMatchObject({ actor_id: (await row('admin')).id, detail: { role: 'approver', department } });
  });

  test.each([
    [{ name: '', username: 'x.y' }, 'name', '姓名不能为空'],
    [{ name: '李', username: '' }, 'username', '用户名不能为空'],
    [{ name: '李', username: '李明' }, 'username', '小写字母'],
    [{ name: '李', username: 'ADMIN' }, 'username', '已被使用'],
    [{ name: '李', username: 'x.y', role: 'king' }, 'role', '请选择'],
    [{ name: '李', username: 'x.y', department: 'nowhere', role: 'head' }, 'department', '请选择'],
  ])('%j is refused at %s, and what was typed stays', async (form, field, sentence) => {
    const $ = load((await send(admin, top, { role: '', department: '', ...form }).expect(422)).text);
    expect($(`#field-${field}-error`).text()).toContain(sentence);
    expect($('#field-username').val()).toBe(form.username);
    expect(await row('x.y')).toBeUndefined();
  });

  test('is no admin of one department', async () => {
    const form = { name: '李', username: 'x.y', role: 'admin', department };
    const $ = load((await send(admin, top, form).expect(422)).text);
    expect($('#field-department-error').text()).toContain('全校');
  });
});

test('only admins keep up accounts', async () => {
  const approver = await staffBrowser(system.web, 'approver');
  for (const path of [top, `${top}/new`, `${top}/${(await row('admin')).id}`]) await approver.get(path).expect(404);
  const { id } = await row('approver');
  await send(approver, `${top}/${id}/roles`, { role: 'admin', department: '' }).expect(404);
  expect((await row('approver')).is_admin).toBe(false);
});

test('accounts are found by name, user name, role, department and whether they left', async () => {
  await make({ name: '钱多多', username: 'qian.dd', role: 'head', department });
  const found = async (form: object) =>
    load((await send(admin, `${top}/searches`, form).expect(200)).text)('tbody tr').length;
  expect(await found({ term: '多多' })).toBe(1);
  expect(await found({ term: 'QIAN' })).toBe(1);
  expect(await found({ term: '%' })).toBe(0);
  const listed = async (query: string) => (await page(admin, `${top}?${query}`))('tbody').text();
  expect(await listed(`role=head&department=${department}`)).toContain('qian.dd');
  expect(await listed(`role=deputy&department=${department}`)).not.toContain('qian.dd');
  expect(await listed('state=left')).not.toContain('qian.dd');
});

test('a role taken ends the sessions, is no more, and both are in the audit', async () => {
  const { at, id, link } = await make({ name: '孙立', username: 'sun.li' });
  await setPassword(link);
  const agent = await signedIn('sun.li');
  await page(admin, at);
  await send(admin, `${at}/roles`, { role: 'admin', department: '' }).expect(303);
  await agent.get(top).expect(200);
  await send(admin, `${at}/roles/removal`, { role: 'admin', department: '' }).expect(303);
  await agent.get(top).expect(303);
  await (await signedIn('sun.li')).get(top).expect(404);
  expect(await auditOf(id, 'staff_role_given')).toHaveLength(1);
  expect(await auditOf(id, 'staff_role_taken')).toHaveLength(1);
  await send(admin, `${at}/edits`, { name: '孙丽', unmask: 'on' }).expect(303);
  expect(await row('sun.li')).toMatchObject({ name: '孙丽', may_unmask: true });
});

test('the last admin who can sign in is neither deactivated nor loses the role', async () => {
  const { id } = await row('admin');
  // An invited admin cannot help anybody yet.
  await make({ name: '候补', username: 'hou.bu', role: 'admin' });
  for (const [path, form] of [
    ['departure', {}],
    ['roles/removal', { role: 'admin', department: '' }],
  ] as const) {
    const $ = load((await send(admin, `${top}/${id}/${path}`, form).expect(409)).text);
    expect($('[role=alert]').text()).toContain('最后一位');
  }
  expect(await row('admin')).toMatchObject({ is_admin: true, left_at: null });
  // Two at once do not both go because of each other.
  expect(await system.db.transaction((trx) => isLastAdmin(trx, id, { demo: true, issuers: [] }))).toBe(true);
});

test.each(['link', 'departure'])(
  'of two last admins who end each other at the same moment one remains: %s',
  async (verb) => {
    const username = `second.${verb}`;
    const { id, link } = await make({ name: '另一位', username, role: 'admin' });
    await setPassword(link);
    const second = await signedIn(username);
    await page(second, top);
    const first = (await row('admin')).id;
    const { both } = await system.owner.transaction(async (trx) => {
      await trx('staff').whereIn('id', [id, first]).forUpdate();
      const ends = send(admin, `${top}/${id}/${verb}`).then((it) => it);
      await untilWaiting(system.owner, 1, 'the first one waits');
      const ended = send(second, `${top}/${first}/${verb}`).then((it) => it);
      await untilWaiting(system.owner, 2, 'the second one waits');
      return { both: Promise.all([ends, ended]) };
    });
    const [one, other] = await both;
    expect([one.status, other.status]).toEqual([303, 409]);
    expect(load(other.text)('[role=alert]').text()).toContain('最后一位');
    expect(await row('admin')).toMatchObject({ left_at: null, password_hash: expect.any(String) });
    await page(admin, top);
  },
);

test('a reset makes the former password and every session worthless', async () => {
  const { at, link } = await make({ name: '周周', username: 'zhou.z' });
  await setPassword(link);
  const agent = await signedIn('zhou.z');
  await page(admin, at);
  await send(admin, `${at}/link`).expect(303);
  const again = (await page(admin, at))('textarea').text().trim();
  await agent.get('/inbox').expect(303);
  await send(browser(), '/staff/login', { username: 'zhou.z', password }).expect(422);
  await setPassword(again);
  await (await signedIn('zhou.z')).get('/inbox').expect(200);
  await send(admin, `${top}/${(await row('admin')).id}/link`).expect(409);
});

describe('somebody leaves', () => {
  test('sessions, links and roles are dead at once, and a return brings no role back', async () => {
    const { at, id, link } = await make({ name: '吴用', username: 'wu.yong', role: 'approver', department });
    await setPassword(link);
    const agent = await signedIn('wu.yong');
    const { reservation, task } = await aWaitingTask(system, { department: '图书馆' });
    await system.owner('staff_role').where({ department_id: department }).whereNot({ staff_id: id }).delete();
    await agent.get(`/inbox/${task}`).expect(200);
    await send(admin, `${at}/link`).expect(303);
    const open = (await page(admin, at))('textarea').text().trim();

    await system.owner('staff_contact').insert({ staff_id: id });
    await send(admin, `${at}/departure`).expect(303);
    expect(await system.owner('staff_contact').where({ staff_id: id })).toEqual([]);
    await agent.get('/inbox').expect(303);
    await browser().get(new URL(open).pathname).expect(404);
    expect(await system.owner('staff_role').where({ staff_id: id })).toEqual([]);
    // Nobody of the library is left: the admins act, and the visit says so.
    await admin.get(`/inbox/${task}`).expect(200);
    expect((await page(admin, `/admin/reservations/${reservation}`))('main').text()).toContain('审批人离任');

    await send(admin, `${at}/return`).expect(303);
    expect(await system.owner('staff_role').where({ staff_id: id })).toEqual([]);
    expect(await row('wu.yong')).toMatchObject({ left_at: null, password_hash: null });
    expect((await page(admin, at))('main').text()).toContain('吴用');
  });

  test('nothing is given to them, also not at the same moment, and a return revives nothing', async () => {
    const { at, id, link } = await make({ name: '冯去', username: 'feng.qu' });
    await setPassword(link);
    const forms = {
      roles: { role: 'approver', department },
      edits: { name: '冯去', unmask: 'on' },
      link: {},
    };
    const { sent } = await system.owner.transaction(async (trx) => {
      await trx('staff').where({ id }).forUpdate();
      const leaving = send(admin, `${at}/departure`).then((it) => it.status);
      await untilBlockedBy(trx, system.owner, 'the departure waits for their row');
      const giving = Object.entries(forms).map(([verb, form]) => send(admin, `${at}/${verb}`, form).then((it) => it));
      await untilWaiting(system.owner, 4, 'what is given waits behind it');
      return { sent: Promise.all([leaving, Promise.all(giving)]) };
    });
    const [left, given] = await sent;
    expect(left).toBe(303);
    for (const { status, text } of given) {
      expect(status).toBe(409);
      expect(load(text)('[role=alert]').text()).toContain('账号已停用');
    }
    expect(await row('feng.qu')).toMatchObject({ may_unmask: false, password_hash: null });
    expect(await system.owner('staff_role').where({ staff_id: id })).toEqual([]);
    expect(await system.owner('staff_link').where({ staff_id: id, used_at: null, revoked_at: null })).toEqual([]);

    const offered = (await page(admin, at))(`form[action^="${at}"]`).map((_, form) => form.attribs.action);
    expect(offered.get()).toEqual([`${at}/return`]);
    // As an earlier release may have left it.
    await system.owner('staff').where({ id }).update({ may_unmask: true, password_hash: 'of before' });
    await system.owner('staff_role').insert({ staff_id: id, role: 'approver', department_id: department });
    await beginSecondFactor(system.owner, system.cipher, id);
    await system.owner('staff_second_factor').where({ staff_id: id }).update({ confirmed_at: new Date() });
    await send(admin, `${at}/return`).expect(303);
    expect(await system.owner('staff_second_factor').where({ staff_id: id })).toEqual([]);
    expect(await row('feng.qu')).toMatchObject({ left_at: null, may_unmask: false, password_hash: null });
    expect(await system.owner('staff_role').where({ staff_id: id })).toEqual([]);
  });

  test('a visit that somebody else may decide has no such line', async () => {
    const { at, id } = await make({ name: '郑好', username: 'zheng.hao', role: 'approver', department });
    await system
      .owner('staff_role')
      .insert({ staff_id: (await row('approver2')).id, role: 'approver', department_id: department });
    const { reservation } = await aWaitingTask(system, {
      department: '图书馆',
      who: { name: '客', phone: '13000000018', document: '110199200001019029', plate: null },
    });
    await send(admin, `${at}/departure`).expect(303);
    expect(await system.owner('audit').where({ action: 'approver_left', subject_id: reservation })).toEqual([]);
    expect(await auditOf(id, 'staff_deactivated')).toHaveLength(1);
  });
});

test('an admin ends somebody’s sessions', async () => {
  const agent = await staffBrowser(system.web, 'approver');
  const at = `${top}/${(await row('approver')).id}`;
  await page(admin, at);
  await send(admin, `${at}/sessions/revocation`).expect(303);
  await agent.get('/inbox').expect(303);
});

describe('many at once, by spreadsheet', () => {
  const sheet = (...lines: string[]) => Buffer.from(['姓名,用户名,角色,部门,邮箱', ...lines].join('\n'));
  const upload = async (bytes: Buffer) => {
    const mark = (await page(admin, `${top}/imports`))('[name=form_owner]').first().attr('value');
    return admin.post(`${top}/imports?form_owner=${mark}`).attach('sheet', bytes, 'staff.csv');
  };

  test('are shown first, made together, and each gets a link', async () => {
    const shown = await upload(sheet('陈一,chen.yi,审批人,图书馆', '陈一,chen.yi,Host,Library', '陈二,chen.er,,'));
    expect(shown.status).toBe(200);
    expect(await row('chen.yi')).toBeUndefined();
    const rows = load(shown.text)('[name=rows]').val();
    await send(admin, `${top}/imports/confirmation`, { rows }).expect(303);
    const links = (await page(admin, `${top}/imports`))('textarea').text().trim().split('\n');
    expect(links).toHaveLength(2);
    expect((await page(admin, `${top}/imports`))('textarea')).toHaveLength(0);
    const roles = await system
      .owner('staff_role')
      .where({ staff_id: (await row('chen.yi')).id })
      .orderBy('role');
    expect(roles).toMatchObject([
      { role: 'approver', department_id: department },
      { role: 'host', department_id: department },
    ]);
    await setPassword(links[1]?.split('\t')[2] ?? '');
    await (await signedIn('chen.er')).get('/inbox').expect(200);
    // The same rows once more: they stand already.
    await send(admin, `${top}/imports/confirmation`, { rows }).expect(422);
  });

  test('confirmed twice at the same moment are made once, and the second answer says so', async () => {
    const shown = await upload(sheet('陈三,chen.san,审批人,图书馆'));
    const rows = load(shown.text)('[name=rows]').val();
    const { second } = await system.owner.transaction(async (trx) => {
      await createStaff(trx, { username: 'chen.san', name: '陈三' });
      const confirming = send(admin, `${top}/imports/confirmation`, { rows }).then((it) => it);
      await untilBlockedBy(trx, system.owner, 'the second one waits for the name');
      return { second: confirming };
    });
    const { status, text } = await second;
    expect(status).toBe(422);
    expect(load(text)('tbody tr').text()).toMatch(/用户名[\s\S]*已被使用/);
    expect(await system.owner('staff').where({ username: 'chen.san' })).toHaveLength(1);
    expect(await system.owner('staff_role').where({ staff_id: (await row('chen.san')).id })).toEqual([]);
  });

  test('take names in one order, so that two sheets never wait for each other', async () => {
    const shown = await upload(sheet('末位,zz.last,审批人,图书馆', '首位,aa.first,审批人,图书馆'));
    const rows = load(shown.text)('[name=rows]').val();
    const { second } = await system.owner.transaction(async (trx) => {
      await createStaff(trx, { username: 'aa.first', name: '首位' });
      const confirming = send(admin, `${top}/imports/confirmation`, { rows }).then((it) => it);
      await untilBlockedBy(trx, system.owner, 'the second one waits for the first name');
      await createStaff(trx, { username: 'zz.last', name: '末位' });
      return { second: confirming };
    });
    expect((await second).status).toBe(422);
    expect(await system.owner('staff').whereIn('username', ['aa.first', 'zz.last'])).toHaveLength(2);
  });

  test('go by mail where an address stands beside them', async () => {
    const shown = await upload(
      sheet('陈四,chen.si,审批人,图书馆,chen.si@example.edu', '陈四,chen.si,接待人,图书馆,', '陈五,chen.wu,,,'),
    );
    const $ = load(shown.text);
    expect($('tbody tr:contains("chen.si")').text()).toContain('chen.si@example.edu');
    await send(admin, `${top}/imports/confirmation`, { rows: $('[name=rows]').val() }).expect(303);
    const { rows } = await system.owner.raw(
      `select s.username, m.status from staff_link_mail m join staff_link l on l.id = m.link_id join staff s on s.id = l.staff_id`,
    );
    expect(rows).toEqual([{ username: 'chen.si', status: 'pending' }]);
    const wrong = load(
      (
        await upload(
          sheet('李,li.x,,,a@b', '赵,zhao.x,审批人,图书馆,a@example.edu', '赵,zhao.x,接待人,图书馆,b@example.edu'),
        )
      ).text,
    );
    expect(wrong('tbody').text().replace(/\s+/g, ' ')).toMatch(/2 ?邮箱 ?只填一个邮箱地址.*4 ?邮箱 ?同一用户名的邮箱/);
  });

  test('say by row and column what is wrong, and then nobody is made', async () => {
    const before = await system.owner('staff').count();
    const lines = [
      '好人,good.one,审批人,图书馆',
      '=1+1,ADMIN,国王,没有的部门',
      '李,x,系统管理员,图书馆',
      '好人,good.one,审批人,图书馆',
    ];
    const $ = load((await upload(sheet(...lines))).text);
    const wrong = $('tbody tr')
      .map((_, one) => $(one).text().trim().replace(/\s+/g, ' '))
      .get()
      .join('|');
    expect(wrong).toMatch(/3 ?用户名 ?该用户名已被使用/);
    expect(wrong).toMatch(/3 ?角色/);
    expect(wrong).toMatch(/3 ?部门 ?没有这个部门/);
    expect(wrong).toMatch(/4 ?部门 ?该角色只能是全校范围/);
    expect(wrong).toMatch(/5 ?角色 ?与表格中前面的一行重复/);
    expect($('[name=rows]')).toHaveLength(0);
    expect((await upload(sheet())).status).toBe(422);
    await send(admin, `${top}/imports/confirmation`, { rows: 'nonsense' }).expect(400);
    expect(await system.owner('staff').count()).toEqual(before);
  });
});
