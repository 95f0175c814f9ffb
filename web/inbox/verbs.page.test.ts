import { randomUUID } from 'node:crypto';
import { load } from 'cheerio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { day, dayOf } from '../../domain/time.ts';
import { findTaskLink, makeTaskLink } from '../../store/approval/task-link.ts';
import { saveStaffContact } from '../../store/messages/staff-contact.ts';
import { ledVisits } from '../../store/own-data/exported-visits.ts';
import { leave } from '../../store/staff/leaving.ts';
import { createStaff } from '../../store/staff/staff.ts';
import { aWaitingVisit } from '../../testing/bad-input/ground.ts';
import { aPolicy } from '../../testing/policies.ts';
import { aRefusal } from '../../testing/refusing.ts';
import { aSubmittedReservation, somebody } from '../../testing/reservations.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { type System, staffLogins, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';
import { entered, reservationWorkflowId, updates } from '../../workflows/messages/reservation.ts';

/** What members of staff do about a task beside deciding it, and who does it for whom. */

type Agent = Awaited<ReturnType<typeof staffBrowser>>;

let system: System;
let approver: Agent;
let admin: Agent;
const ids: Record<string, string> = {};
const password = staffLogins.approver.password;
const as = (username: string) => staffBrowser(system.web, { username, password });
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
  for (const [username, name] of Object.entries({ 'sun.li': '孙莉', 'qian.wei': '钱伟', 'li.na': '李娜' })) {
    ids[username] = await createStaff(system.owner, { username, password, name });
  }
  const department = (await system.owner('department').where({ name_zh: '信息科学与工程学院' }).first()).id;
  await createStaff(system.owner, { username: 'wu.min', password, name: '吴敏', departments: [department] });
  await createStaff(system.owner, { username: 'audit', password, name: '尤审', roles: [{ role: 'auditor' }] });
  ids.approver = (await system.owner('staff').where({ username: 'approver' }).first()).id;
  approver = await staffBrowser(system.web, 'approver');
  admin = await staffBrowser(system.web, 'admin');
}, 120_000);
afterAll(() => system?.stop());

let phones = 20_000;
const asked = () => aSubmittedReservation(system, { who: { ...somebody, phone: `130000${++phones}` } });
const page = async (agent: Agent, path: string, status = 200) => load((await agent.get(path).expect(status)).text);
const send = (agent: Agent, path: string, form: object = {}) => agent.post(path).type('form').send(form);
/** The key that the form of this path offers on a task's page. */
const keyOf = async (agent: Agent, task: string, path: string) =>
  String((await page(agent, `/inbox/${task}`))(`form[action$="/${path}"] input[name=request]`).val());
const answer = async (agent: Agent, task: string, path: string, form: object) =>
  send(agent, `/inbox/${task}/${path}`, { request: await keyOf(agent, task, path), ...form });
const decided = (agent: Agent, task: string) =>
  until(async () => {
    const $ = await page(agent, `/inbox/${task}`);
    return $('.verdict').length > 0 && $;
  }, 'the task shows its verdict');

describe('somebody who stands in', () => {
  const days = (from: number, last: number) => ({
    from_day: dayOf(Date.now() + from * day),
    until_day: dayOf(Date.now() + last * day),
  });
  const endAll = async (agent: Agent, at: string) => {
    const $ = await page(agent, at);
    for (const form of $('form[action$="/end"]').get()) await send(agent, String($(form).attr('action'))).expect(303);
  };

  test('decides as a delegate for a time, and every line says for whom', async () => {
    const { task, reservation } = await asked();
    const delegate = await as('sun.li');
    await delegate.get(`/inbox/${task}`).expect(404);
    await send(approver, '/staff/standing-in/delegations', { delegate: '孙莉', ...days(0, 1) }).expect(303);
    expect((await page(approver, '/staff/standing-in'))('[aria-labelledby=given]').text()).toMatch(/孙莉\s*委托/);
    expect((await page(delegate, '/staff/standing-in'))('[aria-labelledby=held]').text()).toContain('赵敏');
    const line = async (agent: Agent) => (await page(agent, '/inbox'))(`#tasks a[href^="/inbox/${task}"]`).text();
    expect(await line(delegate)).toContain('代 赵敏');
    expect(await line(approver)).not.toContain('代 ');

    expect((await page(delegate, `/inbox/${task}`))('#acting-for').text()).toContain('受 赵敏 委托');
    await answer(delegate, task, 'decision', { verdict: 'approved' }).then(({ status }) => expect(status).toBe(303));
    expect((await decided(delegate, task))('.verdict').text()).toContain('孙莉（受 赵敏 委托）');
    expect((await decided(approver, task))('.verdict').text()).toContain('孙莉（受 赵敏 委托）');
    const $ = await page(admin, `/admin/reservations/${reservation}?lang=en`);
    for (const section of ['timeline', 'audit', 'tasks']) {
      expect($(`[aria-labelledby=${section}]`).text(), section).toContain('孙莉 for 赵敏');
    }
    const log = (await page(admin, '/admin/audit?action=task_approved'))('tbody tr').first();
    expect(log.text()).toContain('孙莉（受 赵敏 委托）');
    await until(() => system.owner('pass').where({ reservation_id: reservation }).first(), 'a pass is signed');

    const roles = await system.owner('staff_role').where({ staff_id: ids['sun.li'] }).delete().returning('*');
    await system.owner('staff_role').insert({ staff_id: ids['sun.li'], role: 'auditor' });
    await delegate.get(`/inbox/${task}`).expect(404);
    for (const [agent, list] of [
      [approver, 'given'],
      [delegate, 'held'],
    ] as const)
      expect((await page(agent, '/staff/standing-in'))(`[aria-labelledby=${list}]`).text()).toContain('不能代办');
    await system.owner('staff_role').where({ staff_id: ids['sun.li'] }).delete();
    if (roles.length > 0) await system.owner('staff_role').insert(roles);
    await delegate.get(`/inbox/${task}`).expect(200);

    await endAll(approver, '/staff/standing-in');
    await delegate.get(`/inbox/${task}`).expect(404);
    const acts = await system.owner('audit').where('action', 'like', 'delegation%').orderBy('id');
    expect(acts.map(({ action }) => action)).toEqual(['delegation_given', 'delegation_ended']);
    expect(acts[0].detail.standIn).toBe(ids['sun.li']);
  });

  test('acts only in the days that were named', async () => {
    const { task } = await asked();
    await send(approver, '/staff/standing-in/delegations', { delegate: 'li.na', ...days(1, 2) }).expect(303);
    await (await as('li.na')).get(`/inbox/${task}`).expect(404);
    await endAll(approver, '/staff/standing-in');
  });

  test('is told what was done, what days are over, and who stands in on these days already', async () => {
    const at = '/staff/standing-in';
    const wish = { delegate: 'sun.li', ...days(2, 4) };
    const refused = async (more: object) =>
      load((await send(approver, `${at}/delegations`, { ...wish, ...more }).expect(422)).text);
    const past = await refused(days(-3, -2));
    expect(past('#field-from_day-error').text()).toContain('日期已过');
    expect(past('main').text()).not.toContain('访问时间');
    const given = await send(approver, `${at}/delegations`, wish).expect(303);
    const notice = (await page(approver, String(given.headers.location)))('.notice[role=status]').text();
    expect(notice).toBe(`委托已设定，自 ${wish.from_day} 起，至 ${wish.until_day} 止。`);
    const again = await send(approver, `${at}/delegations`, wish).expect(303);
    expect(again.headers.location).toBe(given.headers.location);
    const overlap = (await refused(days(4, 6)))('#field-delegate-error').text();
    expect(overlap).toContain(`孙莉 已受委托（${wish.from_day} 至 ${wish.until_day}）`);
    expect(await system.owner('delegation').whereNull('ended_at')).toHaveLength(1);
    await send(approver, `${at}/delegations`, { ...wish, ...days(5, 6) }).expect(303);

    const { id } = await system.owner('delegation').whereNull('ended_at').orderBy('from_at').first();
    for (const time of ['first', 'second']) {
      const ended = await send(approver, `${at}/delegations/${id}/end`).expect(303);
      expect((await page(approver, String(ended.headers.location)))('.notice').text(), time).toBe('代办已结束。');
    }
    await send(approver, `${at}/delegations/${randomUUID()}/end`).expect(404);
    await endAll(approver, at);
  });

  test('never in a circle: who stands in for whom is shown, also with an assistant in between', async () => {
    const one = await as('sun.li');
    const two = await as('qian.wei');
    await send(approver, '/staff/standing-in/delegations', { delegate: 'sun.li', ...days(0, 3) }).expect(303);
    await send(one, '/staff/standing-in/assistants', { assistant: 'qian.wei' }).expect(303);
    const refused = await send(two, '/staff/standing-in/delegations', { delegate: 'approver', ...days(2, 2) }).expect(
      422,
    );
    expect(load(refused.text)('#field-delegate-error').text()).toContain('钱伟 → 赵敏 → 孙莉 → 钱伟');
    // On other days nobody stands in for themselves.
    await send(two, '/staff/standing-in/delegations', { delegate: 'approver', ...days(5, 6) }).expect(303);
    for (const agent of [approver, one, two]) await endAll(agent, '/staff/standing-in');
  });

  test('is one who serves, and is not ended by others', async () => {
    const gone = await createStaff(system.owner, { username: 'gone', password, name: '周离' });
    await system.owner('staff').where({ id: gone }).update({ left_at: new Date() });
    for (const delegate of ['gone', '周离', 'approver', '无此人']) {
      await send(approver, '/staff/standing-in/delegations', { delegate, ...days(0, 1) }).expect(422);
    }
    for (const [kind, form] of [
      ['delegate', { delegate: 'audit', ...days(0, 1) }],
      ['assistant', { assistant: '尤审' }],
    ] as const) {
      const at = `/staff/standing-in/${kind === 'delegate' ? 'delegations' : 'assistants'}`;
      const refused = load((await send(approver, at, form).expect(422)).text);
      expect(refused(`#field-${kind}-error`).text(), kind).toContain('审计员');
    }
    await send(approver, '/staff/standing-in/delegations', { delegate: 'sun.li', ...days(0, 1) }).expect(303);
    const { id } = await system.owner('delegation').whereNull('ended_at').first();
    await send(await as('sun.li'), `/staff/standing-in/delegations/${id}/end`).expect(404);
    expect(await system.owner('delegation').whereNull('ended_at')).toHaveLength(1);
    await endAll(approver, '/staff/standing-in');
    expect(await system.owner('delegation').whereNull('ended_at')).toEqual([]);
  });

  test('an admin names an assistant for somebody who is ill; nobody else may', async () => {
    const at = `/admin/staff/${ids.approver}/standing-in`;
    await send(approver, `${at}/assistants`, { assistant: 'li.na' }).expect(404);
    await send(admin, `${at}/assistants`, { assistant: '李娜' }).expect(303);
    const { task, reservation } = await asked();
    const assistant = await as('li.na');
    await answer(assistant, task, 'decision', await aRefusal(system.owner, '请改日'));
    expect((await decided(assistant, task))('.verdict').text()).toContain('李娜（赵敏 的助理）');
    const [act] = await system.owner('audit').where({ subject_id: reservation, action: 'task_rejected' });
    expect(act.detail).toMatchObject({ via: 'assistant', behalf: ids.approver });
    await endAll(admin, at);
    await assistant.get(`/inbox/${task}`).expect(404);
  });
});

describe('a task that is passed on', () => {
  const reason = '这位访客找的是孙老师';
  const passOn = async (agent: Agent, task: string, form: object) =>
    answer(agent, task, 'transfer', { transfer_to: '', transfer_department: '', transfer_reason: reason, ...form });
  const isSigned = (reservation: string) =>
    until(() => system.owner('pass').where({ reservation_id: reservation }).first(), 'a pass is signed');
  const idOf = async (name: string) => (await system.owner('department').where({ name_zh: name }).first()).id as string;
  const sees = (agent: Agent, task: string) =>
    until(async () => {
      const shown = await agent.get(`/inbox/${task}`);
      return shown.status === 200 && load(shown.text);
    }, 'the task is theirs');

  test('is the colleague’s alone, with the reason; the former approver is told kindly who has it', async () => {
    const { task, reservation } = await asked();
    await saveStaffContact(system.db, system.cipher, ids['sun.li'] ?? '', {
      email: 'sun@example.edu',
      language: 'en',
      digest: false,
      quiet: false,
    });
    const link = await makeTaskLink(system.db, { staff: ids.approver ?? '', task, sentTo: 'a…' });
    expect((await findTaskLink(system.db, link ?? ''))?.good).toBe(true);
    const old = await keyOf(approver, task, 'decision');
    for (const [form, field] of [
      [{}, 'transfer_to'],
      [{ transfer_to: 'sun.li', transfer_reason: ' ' }, 'transfer_reason'],
      [{ transfer_to: 'nobody' }, 'transfer_to'],
      [{ transfer_to: 'approver' }, 'transfer_to'],
      [{ transfer_to: 'audit' }, 'transfer_to'],
      [{ transfer_to: 'sun.li', transfer_department: await idOf('后勤管理处') }, 'transfer_department'],
    ] as const) {
      const refused = await passOn(approver, task, form);
      expect(refused.status).toBe(422);
      expect(load(refused.text)(`#field-${field}-error`).text()).not.toBe('');
    }
    const passed = await passOn(approver, task, { transfer_to: 'sun.li' });
    expect(passed.headers.location).toBe('/inbox');
    expect((await page(approver, '/inbox'))('#told').text()).toBe('已转交给 孙莉。');
    expect((await page(approver, '/inbox'))('#told')).toHaveLength(0);

    const colleague = await as('sun.li');
    expect((await sees(colleague, task))('[aria-labelledby=handovers]').text()).toMatch(
      /赵敏 转交给 孙莉[\s\S]*孙老师/,
    );
    const refusal = { request: old, verdict: 'rejected', reason: '那天不便' };
    // Who holds it is known to no process alone.
    await system.parts.web.stop();
    await system.parts.web.start();
    const late = load((await send(approver, `/inbox/${task}/decision`, refusal).expect(409)).text);
    expect(late('[role=alert]').text()).toMatch(/自 \d\d\/\d\d \d\d:\d\d 起由 孙莉 处理，您的操作没有记录/);
    expect(late('[aria-labelledby=unsent]').text()).toContain('那天不便');
    expect(late('.staffbar a[href="/inbox"]')).toHaveLength(1);
    expect((await page(approver, `/inbox/${task}`, 409))('[role=status]').text()).toMatch(
      /^您已于 \d\d\/\d\d \d\d:\d\d 转交给 孙莉。$/,
    );
    const mate = await as('wu.min');
    expect((await page(mate, `/inbox/${task}`, 409))('[role=status]').text()).toMatch(
      /^这一审批自 .* 起由 孙莉 处理。$/,
    );
    const english = await approver.get(`/inbox/${task}?lang=en`).expect(409);
    expect(load(english.text)('[role=status]').text()).toMatch(/^You passed this on to 孙莉 at \d\d/);
    await approver.get('/inbox?lang=zh-CN');
    await (await staffBrowser(system.web, 'otherApprover')).get(`/inbox/${task}`).expect(404);
    expect((await findTaskLink(system.db, link ?? ''))?.good).toBe(false);
    const told = await system.owner('staff_message').where({ task_id: task, staff_id: ids['sun.li'] });
    expect(told.map(({ kind }) => kind)).toEqual(['task_opened']);
    expect(await system.owner('decision').where({ reservation_id: reservation }).pluck('verdict')).toEqual([
      'transferred',
    ]);

    await answer(colleague, task, 'decision', { verdict: 'approved' });
    await isSigned(reservation);
    const acts = await system.owner('audit').where({ subject_id: reservation }).orderBy('id').pluck('action');
    expect(acts).toEqual(expect.arrayContaining(['task_transferred', 'task_approved']));
  });

  test('to a department is decided there, and its signature counts', async () => {
    const { task, reservation } = await asked();
    await passOn(approver, task, { transfer_department: await idOf('后勤管理处') });
    const other = await staffBrowser(system.web, 'otherApprover');
    await sees(other, task);
    expect((await approver.get(`/inbox/${task}`).expect(409)).text).toContain('后勤管理处');
    await answer(other, task, 'decision', { verdict: 'approved' });
    await isSigned(reservation);
  });

  test.each([
    ['another department', '后勤管理处', []],
    ['one person of the same department', '信息科学与工程学院', ['otherApprover']],
  ])('by nobody but the engine, to %s: it signs nothing, and cannot be passed on further', async (_, name, people) => {
    const { task, reservation } = await asked();
    const { id } = await system.owner('staff').where({ username: 'approver2' }).first();
    const to = { department: await idOf(name), ...(people.length > 0 && { people: [id] }) };
    await system.client.workflow.getHandle(reservationWorkflowId(reservation)).executeUpdate(updates.transfer, {
      args: [{ request: randomUUID(), actor: { kind: 'staff', id: ids.approver ?? '' }, kind: 'transfer', task, to }],
    });
    const other = await staffBrowser(system.web, 'otherApprover');
    await sees(other, task);
    expect((await passOn(other, task, { transfer_to: 'sun.li' })).status).toBe(409);
    await answer(other, task, 'decision', { verdict: 'approved' });
    const fault = () => system.owner('visit_fault').where({ reservation_id: reservation, kind: 'unsigned' }).first();
    await until(fault, 'the missing signature is noticed');
    expect(await system.owner('pass').where({ reservation_id: reservation })).toEqual([]);
  });

  test('as not theirs goes to the reception of the department, then up, and not round', async () => {
    const department = await idOf('信息科学与工程学院');
    await createStaff(system.owner, {
      username: 'desk',
      password,
      name: '何台',
      roles: [{ role: 'reception', department }],
    });
    const { task, reservation } = await asked();
    expect((await answer(approver, task, 'decline', { decline_reason: '不是我们学院的访客' })).status).toBe(303);
    expect((await page(approver, '/inbox'))('#told').text()).toBe('已退还，由 信息科学与工程学院 处理。');
    expect((await page(approver, `/inbox/${task}`, 409))('[role=status]').text()).toMatch(
      /^您已于 .* 退还，现由 信息科学与工程学院 处理。$/,
    );
    const desk = await as('desk');
    expect((await sees(desk, task))('[aria-labelledby=handovers]').text()).toContain(
      '赵敏 退还，现由 信息科学与工程学院 处理',
    );
    await answer(desk, task, 'decline', { decline_reason: '前台也不清楚' });
    await sees(admin, task);
    await answer(admin, task, 'decision', await aRefusal(system.owner, '没有这位老师'));
    await until(
      () => system.owner('reservation').where({ id: reservation, outcome: 'rejected' }).first(),
      'the visit is refused',
    );
  });
});

describe('a signer who is added', () => {
  const wish = { signer: '李娜', signer_place: 'before', signer_reason: '请核对器材清单' };
  const signers = async (agent: Agent, task: string) =>
    (await page(agent, `/inbox/${task}`))('[aria-labelledby=signers]').text();
  const theirTask = (reservation: string) =>
    until(
      () =>
        system
          .owner('task as t')
          .join('added_signer as a', 'a.task_id', 't.id')
          .where({ 't.reservation_id': reservation, 't.status': 'open' })
          .first('t.id', 'a.request_id'),
      'the task of who was added',
    );

  test('is named with when and why, else 422 at the field with the texts kept', async () => {
    const { task, reservation } = await asked();
    for (const [change, field, sentence] of [
      [{ signer: '' }, 'signer', '请填写加签人'],
      [{ signer: '无此人' }, 'signer', '没有'],
      [{ signer: 'approver' }, 'signer', ''],
      [{ signer_place: '' }, 'signer_place', '请选择'],
      [{ signer_reason: ' ' }, 'signer_reason', '请写明'],
    ] as const) {
      const request = await keyOf(approver, task, 'signers');
      const form = { ...wish, ...change, request };
      const $ = load((await send(approver, `/inbox/${task}/signers`, form).expect(422)).text);
      expect($(`#field-${field}-error`).text(), field).toContain(sentence);
      expect($(`#field-${field}-error`).text().length, field).toBeGreaterThan(0);
      expect($('form[action$="/signers"] [name=request]').val()).toBe(request);
      expect($('#field-signer').val()).toBe(form.signer);
      expect($('#field-signer_reason').text()).toBe(form.signer_reason.trim());
    }
    expect(await system.owner('request').where({ reservation_id: reservation, kind: 'add_signer' })).toEqual([]);
  });

  test('signs first; the task waits, says so, and comes back; evidence and audit name both', async () => {
    const { task, reservation, visitor } = await asked();
    const colleague = await as('li.na');
    await colleague.get(`/inbox/${task}`).expect(404);
    expect((await answer(approver, task, 'signers', wish)).status).toBe(303);
    const theirs = await theirTask(reservation);
    const waiting = await decided(approver, task);
    expect(waiting('.verdict').text()).toContain('已请他人先签');
    expect(waiting('[aria-labelledby=steps]').text()).toMatch(/第 1 步\s*审批中.*审批人.*李娜/s);
    expect(waiting('form[action$="/decision"]')).toHaveLength(0);
    expect(await signers(approver, task)).toMatch(/赵敏 请 李娜 先签\s*待签.*请核对器材清单/s);
    // What was decided on an old page is told what became of the task.
    await send(approver, `/inbox/${task}/decision`, { request: randomUUID(), verdict: 'approved' }).expect(409);
    // Nobody is added to who was added, and a link of the mail decides neither.
    expect(await signers(colleague, theirs.id)).toContain('赵敏 请 李娜 先签');
    expect((await page(colleague, `/inbox/${theirs.id}`))('form[action$="/signers"]')).toHaveLength(0);
    const staff = ids['li.na'] ?? '';
    expect(await makeTaskLink(system.db, { staff, task: theirs.id, sentTo: 'x' })).toBeUndefined();
    expect((await answer(colleague, theirs.id, 'decision', { verdict: 'approved' })).status).toBe(303);
    await until(() => system.owner('task').where({ id: task, status: 'open' }).first(), 'the task is asked again');
    expect((await answer(approver, task, 'decision', { verdict: 'approved' })).status).toBe(303);
    await until(() => system.owner('pass').where({ reservation_id: reservation }).first(), 'a pass is signed');
    expect(await signers(approver, task)).toMatch(/李娜 先签\s*已签/);
    const evidence = (await page(approver, `/staff/visits/${reservation}/evidence`))('main').text();
    expect(evidence).toMatch(/加签.*赵敏.*李娜 · 先签.*请核对器材清单/s);
    const [act] = await system.owner('audit').where({ subject_id: reservation, action: 'signer_added' });
    expect(act.detail).toMatchObject({ task, request: theirs.request_id });
    expect(visitor).toBeDefined();
  });

  test('is taken out again by whoever may act on the task, once, and not after they have signed', async () => {
    const { task, reservation } = await asked();
    expect((await answer(approver, task, 'signers', { ...wish, signer_place: 'after' })).status).toBe(303);
    const { task_id: theirs } = await until(
      () => system.owner('added_signer').where({ to_task: task }).first(),
      'somebody is added',
    );
    // They are not asked to sign twice in a round.
    const again = await answer(approver, task, 'signers', wish);
    expect(load(again.text)('#field-signer-error').text()).toBe('已请这位同事加签');
    const colleague = await as('wu.min');
    const twice = await Promise.all(
      [1, 2].map(() =>
        send(colleague, `/inbox/${task}/signer-removals`, { request: randomUUID(), added_signer: theirs }),
      ),
    );
    expect(twice.map(({ status }) => status).toSorted()).toEqual([303, 409]);
    await until(async () => (await signers(approver, task)).includes('已撤回'), 'it is taken back');
    expect((await answer(approver, task, 'decision', { verdict: 'approved' })).status).toBe(303);
    await until(() => system.owner('pass').where({ reservation_id: reservation }).first(), 'a pass is signed');
  });
});

describe('the way of an approval', () => {
  const steps = async (agent: Agent, task: string) =>
    (await page(agent, `/inbox/${task}`))('[aria-labelledby=steps] li');

  test('is drawn at each of its tasks, with who signed and whose turn it is', async () => {
    const department = (await system.owner('department').where({ name_zh: '信息科学与工程学院' }).first()).id;
    const scope = { department, channel: null };
    const signers = [{ role: 'approver' as const }, { role: 'security' as const }];
    const policy = { steps: signers.map((signer) => ({ signers: [signer], need: 1 })), once: true };
    await aPolicy(system.db, policy, scope);
    const { task, reservation } = await asked();
    await aPolicy(system.db, null, scope);
    const drawn = (lines: Awaited<ReturnType<typeof steps>>) =>
      lines.toArray().map((line) => load(line).text().replace(/\s+/g, ' ').trim());

    const before = await steps(approver, task);
    expect(drawn(before)).toEqual([
      '提交预约',
      '第 1 步 审批中 信息科学与工程学院 审批人',
      '第 2 步 未到 信息科学与工程学院 保卫值班',
      '签发通行凭证',
    ]);
    expect(before.filter('[aria-current=step]').text()).toContain('第 1 步');

    expect((await answer(approver, task, 'decision', { verdict: 'approved' })).status).toBe(303);
    const { id: next } = await until(
      () => system.owner('task').where({ reservation_id: reservation, status: 'open' }).first('id'),
      'the second step',
    );
    const after = await steps(await staffBrowser(system.web, 'security'), next);
    expect(drawn(after).slice(1, 3)).toEqual([
      expect.stringMatching(/^第 1 步 已同意 信息科学与工程学院 审批人 赵敏 已于 .+ 同意$/),
      '第 2 步 审批中 信息科学与工程学院 保卫值班',
    ]);
    expect(after.filter('[aria-current=step]').text()).toContain('第 2 步');
  });
});

test('who is named for one signature of a step is led to it before they may give another one', async () => {
  const department = (await system.owner('department').where({ name_zh: '信息科学与工程学院' }).first()).id;
  const scope = { department, channel: null };
  const signer = { role: 'approver' as const };
  await aPolicy(system.db, { steps: [{ signers: [signer, signer], need: 2 }], once: true }, scope);
  const { reservation } = await aWaitingVisit(system, await new VisitorBrowser(system).settle());
  await aPolicy(system.db, null, scope);
  const own = { reservation_id: reservation, status: 'open' };
  const [named = '', other = ''] = await system.owner('task').where(own).orderBy('ordinal').pluck('id');
  const colleague = await as('wu.min');
  const wish = { transfer_to: 'approver', transfer_department: '', transfer_reason: '请代为处理' };
  expect((await answer(colleague, named, 'transfer', wish)).status).toBe(303);
  await until(() => system.owner('task').where({ id: named }).whereNotNull('people').first(), 'it is named for them');

  const $ = await page(approver, `/inbox/${other}`);
  expect($('#sign-first a').attr('href')).toBe(`/inbox/${named}`);
  expect(
    $('form[action$="/decision"] button')
      .map((_, one) => $(one).val())
      .get(),
  ).toEqual(['rejected']);
  expect($('form[action$="/proposal"]')).toHaveLength(0);
  const refused = await answer(approver, other, 'decision', { verdict: 'approved' });
  expect([refused.status, refused.text]).toEqual([409, expect.stringContaining('请先签署指定由您处理的那一项')]);
  expect((await page(colleague, `/inbox/${other}`))('#sign-first')).toHaveLength(0);
  expect((await answer(approver, named, 'decision', { verdict: 'approved' })).status).toBe(303);
  expect((await answer(colleague, other, 'decision', { verdict: 'approved' })).status).toBe(303);
  await until(() => system.owner('pass').where({ reservation_id: reservation }).first(), 'a pass is signed');
});

describe('a visit sent back to an earlier step', () => {
  const texts = {
    return_step: '0',
    step_reason: '车牌与名单不一致，请再核对',
    step_mark_plate: 'on',
    step_mark_window: 'on',
  };
  const returned = async (agent: Agent, task: string) =>
    (await page(agent, `/inbox/${task}`))('[aria-labelledby=returns]').text();

  test('is so with a step, marks and a reason, which those before read and the visitor does not', async () => {
    const department = (await system.owner('department').where({ name_zh: '信息科学与工程学院' }).first()).id;
    const scope = { department, channel: null };
    const steps = (['approver', 'security'] as const).map((role) => ({ signers: [{ role }], need: 1 }));
    await aPolicy(system.db, { steps, once: true }, scope);
    const visitor = await new VisitorBrowser(system).settle();
    const { task, reservation } = await aWaitingVisit(system, visitor);
    await aPolicy(system.db, null, scope);
    const guard = await staffBrowser(system.web, 'security');
    expect((await page(approver, `/inbox/${task}`))('form[action$="/step-return"]')).toHaveLength(0);
    await answer(approver, task, 'decision', { verdict: 'approved' });
    const later = await until(
      () => system.owner('task').where({ reservation_id: reservation, step: 1, status: 'open' }).first(),
      'the desk’s turn',
    );
    const form = (await page(guard, `/inbox/${later.id}`))('form[action$="/step-return"]');
    expect(form.find('option[selected]').text()).toBe('第 1 步 · 赵敏');
    for (const [change, field] of [
      [{ return_step: '' }, 'return_step'],
      [{ return_step: '1' }, 'return_step'],
      [{ step_reason: ' ' }, 'step_reason'],
      [{ step_reason: '长'.repeat(201) }, 'step_reason'],
    ] as const) {
      const wish = { ...texts, ...change, request: form.find('[name=request]').val() };
      const $ = load((await send(guard, `/inbox/${later.id}/step-return`, wish).expect(422)).text);
      expect($(`#field-${field}-error`).text(), JSON.stringify(change)).not.toBe('');
      expect($('#field-step_reason').text()).toBe(wish.step_reason.trim());
      expect($('form[action$="/step-return"] [name=request]').val()).toBe(wish.request);
      const ticked = $('form[action$="/step-return"] [type=checkbox][checked]').get();
      expect(ticked.map((box) => $(box).attr('name'))).toEqual(['step_mark_plate', 'step_mark_window']);
      // The form back to the visitor has boxes of its own.
      expect($('form[action$="/return"] [type=checkbox][checked]')).toHaveLength(0);
    }
    expect(await system.owner('request').where({ reservation_id: reservation, kind: 'return_to_step' })).toEqual([]);

    // The address is new: of what was opened before nothing is told.
    const contact = { email: 'step@example.edu', language: 'zh-CN', digest: false, quiet: false } as const;
    const me = ids.approver ?? '';
    await saveStaffContact(system.db, system.cipher, me, contact);
    expect((await answer(guard, later.id, 'step-return', texts)).status).toBe(303);
    await until(() => system.owner('task').where({ id: task, status: 'open' }).first(), 'the first step is asked anew');
    const back = await system.owner('request').where({ reservation_id: reservation, kind: 'return_to_step' }).first();
    const news = await system.owner('staff_message').where({ task_id: task, staff_id: me }).pluck('key');
    expect(news).toEqual([`${task}/opened/${back.id}/${me}`]);
    await system.owner('staff_contact').where({ staff_id: me }).delete();

    expect((await decided(guard, later.id))('.verdict').text()).toContain('前面的步骤需要重新审批');
    const drawn = (await page(approver, `/inbox/${task}`))('[aria-labelledby=steps]').text();
    expect(drawn).toMatch(/第 1 步\s*审批中.*第 2 步\s*未到/s);
    await send(guard, `/inbox/${later.id}/step-return`, { ...texts, request: randomUUID() }).expect(409);
    const { name } = await system.owner('staff').where({ username: 'security' }).first('name');
    for (const [agent, of] of [
      [approver, task],
      [guard, later.id],
    ] as const) {
      expect(await returned(agent, of)).toMatch(
        new RegExp(`${name} 从第 2 步退回到第 1 步.*请核对：车牌、访问时间.*${texts.step_reason}`, 's'),
      );
    }
    const timeline = (await page(admin, `/admin/reservations/${reservation}`))('[aria-labelledby=timeline]').text();
    expect(timeline).toMatch(new RegExp(`退回前面的步骤重新审批.*请核对：车牌、访问时间.*${texts.step_reason}`, 's'));
    const [act] = await system.owner('audit').where({ subject_id: reservation, action: 'task_returned_to_step' });
    expect(act.detail).toMatchObject({ task: later.id, request: back.id, marked: ['plate', 'window'] });
    const evidence = (await page(approver, `/staff/visits/${reservation}/evidence`))('main').text();
    expect(evidence).toMatch(
      new RegExp(`之后被退回，不再计入.*退回上一步.*车牌、访问时间.*第 1 步.*${texts.step_reason}`, 's'),
    );
    const theirs = (await visitor.page(`/reservations/${reservation}`))('main').text();
    expect(theirs).toContain('部门仍在审批');
    expect(theirs).not.toMatch(/退回|车牌与名单|请核对|请更正/);
    const { visitor_id: lead } = await system.owner('reservation').where({ id: reservation }).first();
    expect(JSON.stringify(await ledVisits(system.db, system.cipher, lead))).not.toMatch(/车牌与名单|toCorrect/);

    await answer(approver, task, 'decision', { verdict: 'approved' });
    await until(() => system.owner('task').where({ id: later.id, status: 'open' }).first(), 'the desk is asked anew');
    expect((await answer(guard, later.id, 'decision', { verdict: 'approved' })).status).toBe(303);
    await until(() => system.owner('pass').where({ reservation_id: reservation }).first(), 'a pass is signed');

    // The audit keeps what was asked for; what the process refused is called that, wherever it is read.
    const lines = async () => {
      const trail = await page(admin, `/admin/reservations/${reservation}`);
      const log = await page(admin, '/admin/audit?action=task_returned_to_step');
      const own = trail('[aria-labelledby=audit] li').filter((_, line) => trail(line).text().includes('退回上一步'));
      return [own.text(), log('tbody tr').first().text()];
    };
    for (const line of await lines()) expect(line).toMatch(/退回上一步(?!\s*未被受理)/);
    const answered = { status: 'refused', answer: { ok: false, code: 'task_closed' } };
    await system.owner('request').where({ id: back.id }).update(answered);
    for (const line of await lines()) expect(line).toMatch(/退回上一步\s*未被受理，未生效/);
  });
});

describe('a task of the security desk', () => {
  test('is offered to the desk alone, and signed there', async () => {
    const department = (await system.owner('department').where({ name_zh: '信息科学与工程学院' }).first()).id;
    const scope = { department, channel: null };
    await aPolicy(system.db, { steps: [{ signers: [{ role: 'security' }], need: 1 }], once: true }, scope);
    await createStaff(system.owner, { username: 'zheng.an', password, name: '郑安', roles: [{ role: 'security' }] });
    const { task, reservation } = await asked();
    await aPolicy(system.db, null, scope);
    const [guard, second] = [await staffBrowser(system.web, 'security'), await as('zheng.an')];
    const $ = await page(guard, `/inbox/${task}`);
    expect($('#colleagues option').text()).toBe('郑安');
    expect($('form[action$="/transfer"] [name=transfer_department], form[action$="/decline"]')).toHaveLength(0);
    for (const form of [{ transfer_to: 'sun.li' }, { transfer_department: department }]) {
      const texts = { transfer_to: '', transfer_department: '', transfer_reason: '请代为处理', ...form };
      const refused = await answer(guard, task, 'transfer', texts);
      expect(refused.status).toBe(422);
      expect(load(refused.text)('#field-transfer_to-error').text()).toContain('保卫处');
    }
    const texts = { transfer_to: 'zheng.an', transfer_department: '', transfer_reason: '请代为处理' };
    expect((await answer(guard, task, 'transfer', texts)).status).toBe(303);
    await until(async () => (await guard.get(`/inbox/${task}`)).status === 409, 'the task is passed on');
    expect(await system.owner('task').where({ id: task }).first('role')).toEqual({ role: 'security' });
    expect((await answer(second, task, 'decision', { verdict: 'approved' })).status).toBe(303);
    await until(() => system.owner('pass').where({ reservation_id: reservation }).first(), 'a pass is signed');
  });
});

describe('a claim', () => {
  test('is shown to colleagues in the list and at the task, locks nobody out, and ends with whoever leaves', async () => {
    const department = (await system.owner('department').where({ name_zh: '信息科学与工程学院' }).first()).id;
    const id = await createStaff(system.owner, {
      username: 'chen.jie',
      password,
      name: '陈洁',
      departments: [department],
    });
    const colleague = await as('chen.jie');
    const { task, reservation } = await asked();
    await send(approver, `/inbox/${task}/claims`).expect(303);
    await send(approver, `/inbox/${task}/claims`).expect(303);
    expect((await page(colleague, `/inbox/${task}`))('#claimed').text()).toMatch(/赵敏 已于 .* 认领/);
    expect((await page(approver, `/inbox/${task}`))('#claimed')).toHaveLength(0);
    const row = (await page(colleague, '/inbox'))(`a[href="/inbox/${task}"]`);
    expect(row.text()).toContain('赵敏 已认领');
    await (await staffBrowser(system.web, 'otherApprover')).post(`/inbox/${task}/claims`).expect(404);

    await send(colleague, `/inbox/${task}/claims`).expect(303);
    expect((await page(approver, `/inbox/${task}`))('#claimed').text()).toContain('陈洁');
    await system.db.transaction((trx) => leave(trx, { staff: id, by: ids.approver ?? '' }));
    expect((await page(approver, `/inbox/${task}`))('#claimed')).toHaveLength(0);
    expect(await system.owner('claim').where({ task_id: task }).whereNull('released_at')).toEqual([]);

    await send(approver, `/inbox/${task}/claims`).expect(303);
    await send(approver, `/inbox/${task}/claims/release`).expect(303);
    const acts = await system.owner('audit').where({ subject_id: reservation }).orderBy('id').pluck('action');
    expect(acts.filter((act) => /claimed|released/.test(act))).toEqual([
      'task_claimed',
      'task_claimed',
      'task_claimed',
      'task_released',
    ]);
  });
});

describe('a comment', () => {
  test('to the visitor is told, shown and answered once; one among staff is not theirs to see', async () => {
    const visitor = await new VisitorBrowser(system).settle();
    const { task, reservation } = await aWaitingVisit(system, visitor);
    const write = (to: string, text: string) =>
      send(approver, `/inbox/${task}/comments`, { key: randomUUID(), comment_to: to, comment_text: text });
    const lacking = load((await write('', '请问您带几台设备？')).text);
    expect(lacking('#field-comment_to-error').text()).toBe('请选择写给谁');
    expect(lacking('[name=comment_text]').val()).toBe('请问您带几台设备？');
    expect(lacking('[role=alert]').text()).toContain('有 1 处需要修改');
    expect(load((await write('visitor', ' ')).text)('#field-comment_text-error').text()).toBe('请填写内容');
    await write('visitor', '请问您带几台设备？').then(({ status }) => expect(status).toBe(303));
    await write('staff', '看起来可以同意').then(({ status }) => expect(status).toBe(303));
    const message = await system.owner('message').where({ reservation_id: reservation, kind: 'commented' });
    expect(message).toHaveLength(1);

    const own = load((await visitor.agent.get(`/reservations/${reservation}`).expect(200)).text);
    expect(own('[aria-labelledby=comments]').text()).toContain('请问您带几台设备');
    expect(own.text()).not.toContain('看起来可以同意');
    const at = own('[aria-labelledby=comments] form').attr('action') ?? '';
    const reply = (answer: string) => visitor.agent.post(at).type('form').send({ key: randomUUID(), answer });
    await reply(' ').expect(422);
    await reply('两台').expect(303);
    await reply('三台').expect(303);
    const answered = load((await visitor.agent.get(`/reservations/${reservation}`)).text);
    expect(answered('[aria-labelledby=comments]').text()).toMatch(/您的答复：两台/);
    expect(answered('[aria-labelledby=comments] form')).toHaveLength(0);
    const stranger = await new VisitorBrowser(system).settle();
    await stranger.agent.post(at).type('form').send({ key: randomUUID(), answer: '四台' }).expect(404);

    const shown = (await page(approver, `/inbox/${task}`))('[aria-labelledby=comments]').text();
    expect(shown).toMatch(/赵敏\s+发给访客[\s\S]*赵敏\s+内部备注[\s\S]*访客\s+访客答复[\s\S]*两台/);
    expect(
      JSON.stringify(await system.owner('task_comment').select(system.owner.raw(`encode(text_enc, 'escape') as text`))),
    ).not.toMatch(/两台/);
    const { visitor_id: lead } = await system.owner('reservation').where({ id: reservation }).first();
    const [exported] = await ledVisits(system.db, system.cipher, lead);
    expect(exported?.comments.map(({ by, text }) => `${by}: ${text}`)).toEqual([
      'department: 请问您带几台设备？',
      'you: 两台',
    ]);
  });
});

describe('one’s own approval, taken back', () => {
  const stageIs = (reservation: string, stage: string) =>
    until(() => system.owner('reservation').where({ id: reservation, stage }).first(), `the stage is ${stage}`);
  const approved = async () => {
    const visit = await asked();
    await answer(approver, visit.task, 'decision', { verdict: 'approved' });
    await stageIs(visit.reservation, 'visit');
    return visit;
  };
  /** What the page's form would send. */
  const withdrawalOf = async (agent: Agent, task: string) => {
    const form = (await page(agent, `/inbox/${task}`))('form[action$="/withdrawal"]');
    const [request, withdraw_decision] = ['request', 'withdraw_decision'].map((name) =>
      form.find(`[name=${name}]`).val(),
    );
    return { request, withdraw_decision, withdraw_reason: '看错了日期' };
  };
  const takeBack = async (agent: Agent, task: string, change: object = {}) =>
    send(agent, `/inbox/${task}/withdrawal`, { ...(await withdrawalOf(agent, task)), ...change });
  const passOf = (reservation: string) =>
    system.owner('pass').where({ reservation_id: reservation }).orderBy('version', 'desc').first();

  test('opens the task again, takes the pass off the gates, and is told; decided anew, there is another pass', async () => {
    const { task, reservation } = await approved();
    const colleague = await as('wu.min');
    expect((await page(colleague, `/inbox/${task}`))('form[action$="/withdrawal"]')).toHaveLength(0);
    const { decision_id } = await system.owner('task').where({ id: task }).first();
    const theirs = { request: randomUUID(), withdraw_decision: decision_id, withdraw_reason: '不妥' };
    await send(colleague, `/inbox/${task}/withdrawal`, theirs).expect(409);
    const empty = await takeBack(approver, task, { withdraw_reason: ' ' });
    expect(empty.status).toBe(422);
    expect(load(empty.text)('#field-withdraw_reason-error').text()).toBe('请写明撤回的原因，访客会看到');

    // The address is new: of what was opened before nothing is told.
    const contact = { email: 'again@example.edu', language: 'zh-CN', digest: false, quiet: false } as const;
    await saveStaffContact(system.db, system.cipher, ids.approver ?? '', contact);
    const form = { withdraw_decision: decision_id, withdraw_reason: '看错了日期' };
    const once = await answer(approver, task, 'withdrawal', form);
    expect(once.status).toBe(303);
    await stageIs(reservation, 'approval');
    const twice = load(
      (await send(approver, `/inbox/${task}/withdrawal`, { request: randomUUID(), ...form }).expect(409)).text,
    );
    expect(twice('[aria-labelledby=unsent]').text()).toContain('看错了日期');
    const back = await system
      .owner('request')
      .where({ reservation_id: reservation, kind: 'withdraw_decision' })
      .first();
    const told = await system.owner('staff_message').where({ task_id: task, staff_id: ids.approver ?? '' });
    expect(told.map(({ key }) => key)).toEqual([`${task}/opened/${back.id}/${ids.approver}`]);
    await system
      .owner('staff_contact')
      .where({ staff_id: ids.approver ?? '' })
      .delete();
    expect(await keyOf(approver, task, 'decision')).toMatch(/^[0-9a-f-]{36}$/);
    const first = await until(async () => {
      const pass = await passOf(reservation);
      return pass.revoked_at && pass;
    }, 'the pass is off');
    await until(
      () => system.owner('message').where({ reservation_id: reservation, kind: 'approval_withdrawn' }).first(),
      'the visitor is told',
    );
    const lines = await system
      .owner('timeline')
      .where({ reservation_id: reservation })
      .orderBy(['seq', 'n'])
      .pluck('kind');
    expect(lines.at(-1)).toBe('decision_withdrawn');

    await answer(approver, task, 'decision', { verdict: 'approved' });
    await stageIs(reservation, 'visit');
    // The form of the decision before: it takes back nothing of this one.
    const old = load(
      (await send(approver, `/inbox/${task}/withdrawal`, { request: randomUUID(), ...form }).expect(409)).text,
    );
    expect(old('[aria-labelledby=unsent]').text()).toContain('看错了日期');
    expect(old('.staffbar a[href="/inbox"]')).toHaveLength(1);
    const second = await passOf(reservation);
    expect(second.version).toBe(first.version + 1);
    expect(second.revoked_at).toBeNull();
  });

  test('is offered no more once the visit has begun; the page says why, and what to do instead', async () => {
    const { task, reservation } = await approved();
    const about = () => system.owner('reservation').where({ id: reservation });
    const shown = async () => {
      const $ = await page(approver, `/inbox/${task}`);
      return { forms: $('form[action$="/withdrawal"]').length, stays: $('#stays').text() };
    };
    expect(await shown()).toEqual({ forms: 1, stays: '' });
    const { visit_from } = await about().first();
    await about().update({ visit_from: new Date() });
    expect(await shown()).toEqual({ forms: 0, stays: expect.stringMatching(/访问时间已经开始.*撤销来访.*保卫处/) });
    // A later step is still to be signed.
    await about().update({ stage: 'approval' });
    expect(await shown()).toEqual({ forms: 0, stays: expect.stringMatching(/访问时间已经开始.*下一步的审批人/) });
    await about().update({ stage: 'visit', visit_from });
    const seen = { id: randomUUID(), reservation_id: reservation, ordinal: 0, gate_id: 'south', direction: 'in' };
    await system.owner('gate_event').insert({ ...seen, method: 'qr', occurred_at: new Date(), late: false });
    expect(await shown()).toEqual({ forms: 0, stays: expect.stringMatching(/已有人入校.*撤销来访.*保卫处/) });
  });

  test('signs nothing any more, whatever the engine is told', async () => {
    const { task, reservation } = await approved();
    await takeBack(approver, task);
    await stageIs(reservation, 'approval');
    const actor = { kind: 'staff', id: ids.approver ?? '' } as const;
    await system.client.workflow.getHandle(reservationWorkflowId(reservation)).executeUpdate(updates.decide, {
      args: [{ request: randomUUID(), actor, kind: 'decide', task, verdict: 'approved' }],
    });
    const fault = () => system.owner('visit_fault').where({ reservation_id: reservation, kind: 'unsigned' }).first();
    await until(fault, 'the missing signature is noticed');
    expect((await passOf(reservation)).revoked_at).not.toBeNull();
  });

  test('is refused once somebody has come in', async () => {
    const { task, reservation } = await approved();
    const form = await withdrawalOf(approver, task);
    const event = { event: randomUUID(), reservation, ordinal: 0, gate: 'south', at: Date.now() };
    await system.client.workflow
      .getHandle(reservationWorkflowId(reservation))
      .signal(entered, { ...event, direction: 'in', method: 'qr' });
    const refused = await send(approver, `/inbox/${task}/withdrawal`, form);
    expect(refused.status).toBe(409);
    expect(load(refused.text)('[role=alert]').text()).toContain('已有人凭本次预约入校');
    expect((await passOf(reservation)).revoked_at).toBeNull();
  });
});
