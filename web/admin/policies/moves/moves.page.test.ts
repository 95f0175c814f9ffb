import { randomUUID } from 'node:crypto';
import { load } from 'cheerio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PolicyStep } from '../../../../domain/policy.ts';
import { movableVisits } from '../../../../store/approval/movable-visits.ts';
import { createStaff } from '../../../../store/staff/staff.ts';
import { aPolicy } from '../../../../testing/policies.ts';
import { aRefusal } from '../../../../testing/refusing.ts';
import { aSubmittedReservation, somebody } from '../../../../testing/reservations.ts';
import { staffBrowser } from '../../../../testing/staff-browser.ts';
import { type System, staffLogins, startSystem } from '../../../../testing/system.ts';
import { until } from '../../../../testing/until.ts';

/** An admin moves visits that wait to another version of their policy, sees before and after first, and moves them back. */

type Agent = Awaited<ReturnType<typeof staffBrowser>>;
let system: System;
let admin: Agent;
let approver: Agent;
let scope: { department: string; channel: null };
let policy: string;
const visits: { task: string; reservation: string }[] = [];
const step = (role: 'approver' | 'head' | 'security'): PolicyStep => ({ signers: [{ role }], need: 1 });
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
  [admin, approver] = await Promise.all([staffBrowser(system.web, 'admin'), staffBrowser(system.web, 'approver')]);
  const { id: department } = await system.owner('department').where({ name_zh: '信息科学与工程学院' }).first();
  scope = { department, channel: null };
  const { password } = staffLogins.approver;
  await createStaff(system.owner, { username: 'li.na', password, name: '李娜', departments: [department] });
  await aPolicy(system.db, { steps: [step('approver'), step('head')], once: true }, scope);
  policy = (await system.owner('approval_policy').where({ department_id: department }).first()).id;
  for (const phone of ['13000030001', '13000030002']) {
    visits.push(await aSubmittedReservation(system, { who: { ...somebody, phone } }));
  }
  await aPolicy(system.db, { steps: [step('approver'), step('security')], once: true }, scope);
}, 120_000);
afterAll(() => system?.stop());

const at = () => `/admin/policies/${policy}`;
const page = async (path: string, agent = admin, status = 200) => load((await agent.get(path).expect(status)).text);
const send = (path: string, form: object, agent = admin) => agent.post(path).type('form').send(form);
const comparison = async (to: string, ...chosen: { reservation: string }[]) => {
  const form = { to, visit: chosen.map(({ reservation }) => reservation) };
  return load((await send(`${at()}/visits/comparison`, form).expect(200)).text);
};
/** What the comparison's form would send. */
const formOf = ($: ReturnType<typeof load>) => ({
  to: $('[name=to]').val(),
  batch: $('[name=batch]').val(),
  move: $('[name=move]')
    .get()
    .map((input) => $(input).val()),
});
const moved = async ($: ReturnType<typeof load>) => {
  const answer = await send(`${at()}/moves`, formOf($)).expect(303);
  return until(async () => {
    const shown = await page(String(answer.headers.location));
    return shown('.badge--wait').length === 0 && shown;
  }, 'every visit has its answer');
};
const waits = (reservation: string, ...wanted: string[]) =>
  until(async () => {
    const tasks = await system
      .db('task')
      .where({ reservation_id: reservation })
      .whereRaw('round = (select round from reservation where id = reservation_id)')
      .orderBy(['step', 'ordinal']);
    return tasks.map(({ role, status }) => `${role} ${status}`).join() === wanted.join();
  }, wanted.join(', '));
const one = (n: number) => visits[n] as (typeof visits)[number];

test('it is the admins’ alone, and speaks of no policy or version that there is not', async () => {
  for (const path of ['visits', `moves/${randomUUID()}`]) await approver.get(`${at()}/${path}`).expect(404);
  for (const path of ['visits/comparison', 'moves']) await send(`${at()}/${path}`, {}, approver).expect(404);
  await admin.get(`/admin/policies/${randomUUID()}/visits`).expect(404);
  await admin.get(`${at()}/visits?to=9`).expect(404);
  await admin.get(`${at()}/moves/${randomUUID()}`).expect(404);
  const form = { to: '2', batch: randomUUID(), move: `${randomUUID()} ${randomUUID()}` };
  await send(`${at()}/moves`, form).expect(400);
  await send(`${at()}/moves`, { ...form, batch: 'x' }).expect(400);
});

test('before and after are shown first, then each visit is moved, once', async () => {
  const decision = { request: randomUUID(), verdict: 'approved' };
  await send(`/inbox/${one(0).task}/decision`, decision, approver).expect(303);
  await waits(one(0).reservation, 'approver approved', 'head open');
  const list = await page(`${at()}/visits`);
  expect(list('[name=visit]')).toHaveLength(2);
  expect(list('main').text()).not.toContain(somebody.name);
  expect(list('.items .badge').text()).toContain('版本 1');
  expect((await page(at()))(`a[href="${at()}/visits"]`)).toHaveLength(1);
  // Somebody is asked to sign after the approver of the second.
  const signer = { signer: '李娜', signer_place: 'after', signer_reason: '请一并把关', request: randomUUID() };
  await send(`/inbox/${one(1).task}/signers`, signer, approver).expect(303);
  const nobody = await send(`${at()}/visits/comparison`, { to: '2' }).expect(303);
  expect((await page(String(nobody.headers.location)))('[role=alert]').text()).toContain('至少选择一个');

  const $ = await comparison('2', one(0), one(1));
  const [signed, open] = $('form.stack .card')
    .get()
    .map((card) => $(card).find('.beside').text().replace(/\s+/g, ' '));
  expect(signed?.match(/赵敏 于 [^同]+ 同意/g), 'before and after').toHaveLength(2);
  expect(open).not.toContain('同意');
  expect(open?.match(/加签 · 后签 李娜/g), 'who was added, before and after').toHaveLength(2);
  expect(await system.db('request').where({ kind: 'move_policy' })).toEqual([]);
  const result = await moved($);
  expect(result('[role=status]').text()).toContain('改用版本 2：已更换 2，未更换 0，办理中 0');
  await send(`${at()}/moves`, formOf($)).expect(303);
  expect(await system.db('request').where({ kind: 'move_policy' })).toHaveLength(2);
  const lines = await system.db('audit').where({ action: 'policy_moved' }).pluck('subject_id');
  expect(lines.toSorted()).toEqual(visits.map(({ reservation }) => reservation).toSorted());
  await waits(one(0).reservation, 'approver approved', 'security open');
  await waits(one(1).reservation, 'approver open');
  const shown = await page(`/admin/reservations/${one(0).reservation}`);
  expect(shown('#timeline').parent().text()).toContain('改用审批规则的其他版本');
  expect((await page(`${at()}/visits`))('[name=visit]')).toHaveLength(0);
  const desk = await staffBrowser(system.web, 'security');
  expect((await page('/inbox', desk))('.tasks__line')).toHaveLength(1);
});

test('while nothing is decided, a visit is moved back; one that was decided meanwhile is refused with the reason', async () => {
  const target = { policy, version: '', isNewest: false };
  const versions = await system.owner('approval_policy_version').where({ policy_id: policy }).orderBy('version');
  target.version = versions[0].id;
  const first = await movableVisits(system.db, system.cipher, target, { limit: 1 });
  const second = await movableVisits(system.db, system.cipher, target, { limit: 1, after: first.next });
  const listed = [...first.visits, ...second.visits].map(({ id }) => id);
  expect(listed.toSorted()).toEqual(visits.map(({ reservation }) => reservation).toSorted());
  expect(second.next).toBeUndefined();

  const back = await comparison('1', one(0), one(1));
  expect(back('h3').text()).toContain('更换后（版本 1）');
  const { id: task } = await system
    .db('task')
    .where({ reservation_id: one(1).reservation, status: 'open' })
    .first();
  const rejection = { request: randomUUID(), ...(await aRefusal(system.owner, '没有时间')) };
  await send(`/inbox/${task}/decision`, rejection, approver).expect(303);
  await until(
    () =>
      system
        .db('reservation')
        .where({ id: one(1).reservation, stage: 'closed' })
        .first(),
    'refused',
  );
  const result = await moved(back);
  expect(result('[role=status]').text()).toContain('改用版本 1：已更换 1，未更换 1，办理中 0');
  expect(result('.badge--bad').parent().text()).toContain('该预约已结束');
  await waits(one(0).reservation, 'approver approved', 'head open');
  expect((await page(`${at()}/visits`))('[name=visit]')).toHaveLength(1);
});

test('who was added stays, and where nobody else could sign a step, the page says so instead', async () => {
  const { id: task } = await system
    .db('task')
    .where({ reservation_id: one(0).reservation, status: 'open' })
    .first();
  const head = await headOf(task);
  const nameOf = async (username: string) => (await system.owner('staff').where({ username }).first('name')).name;
  const name = await nameOf('security');
  // The only one of the desk, and the only one above it.
  for (const signer of [name, await nameOf('admin')]) {
    const wish = { signer, signer_place: 'after', signer_reason: '请一并把关', request: randomUUID() };
    await send(`/inbox/${task}/signers`, wish, head).expect(303);
  }
  await aPolicy(
    system.db,
    { steps: [{ signers: [{ role: 'head' }, { role: 'security' }], need: 2 }], once: true },
    scope,
  );
  const kept = await comparison('3', one(0));
  expect(kept('.notice--failed').text()).toContain('仅剩的可以审批的人');
  expect(kept('[name=move]')).toHaveLength(0);

  await aPolicy(system.db, { steps: [step('head'), step('approver')], once: true }, scope);
  const result = await moved(await comparison('4', one(0)));
  expect(result('[role=status]').text()).toContain('改用版本 4：已更换 1，未更换 0，办理中 0');
  await waits(one(0).reservation, 'head open');
  const drawn = (await page(`/inbox/${task}`, head))('[aria-labelledby=steps]').text().replace(/\s+/g, ' ');
  expect(drawn).toContain(`${name} 加签 · 后签`);
});

/** The one who may decide it, signed in. */
async function headOf(task: string): Promise<Agent> {
  const { username } = await system
    .db('task_actor as a')
    .join('staff as s', 's.id', 'a.staff_id')
    .where({ 'a.task_id': task })
    .first('s.username');
  return staffBrowser(system.web, { username, password: staffLogins.approver.password });
}

test('what is under way is shown as such without scripts, in English as well', async () => {
  const batch = randomUUID();
  const { id: staff } = await system.owner('staff').where({ username: 'admin' }).first();
  const [version] = await system
    .owner('approval_policy_version')
    .where({ policy_id: policy })
    .orderBy('version', 'desc');
  await system.owner('request').insert({
    id: randomUUID(),
    reservation_id: one(0).reservation,
    kind: 'move_policy',
    actor_kind: 'staff',
    actor_id: staff,
    payload: JSON.stringify({ version: version.id, batch }),
    next_attempt_at: new Date(Date.now() + 3_600_000),
  });
  const { text } = await admin.get(`${at()}/moves/${batch}`).set('Accept-Language', 'en').expect(200);
  expect(text).toContain('http-equiv="refresh"');
  expect(load(text)('[role=status]').text()).toContain('0 moved, 0 not moved, 1 under way');
  // Nobody decides until it is answered.
  const { id: task } = await system
    .db('task')
    .where({ reservation_id: one(0).reservation, status: 'open' })
    .first();
  const head = await headOf(task);
  const refused = await send(`/inbox/${task}/decision`, { request: randomUUID(), verdict: 'approved' }, head);
  expect(refused.status).toBe(409);
  expect(refused.text).toContain('正在更换');
});
