import { load } from 'cheerio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createStaff } from '../../store/staff/staff.ts';
import { aSubmittedReservation, aWaitingTask, somebody } from '../../testing/reservations.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { type System, staffLogins, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';

/** A department that receives visitors while nobody is left who approves: 实验中心, below 测试学院 with one approver. */

const below = '实验中心';
const { password } = staffLogins.admin;

let system: System;
let above: string;
let department: string;
let dean: { id: string; agent: Awaited<ReturnType<typeof staffBrowser>> };
let admin: Awaited<ReturnType<typeof staffBrowser>>;
let stranger: Awaited<ReturnType<typeof staffBrowser>>;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
  const { campus_id } = await system.owner('department').where({ name_zh: '图书馆' }).first();
  const insert = async (name_zh: string, parent_id: string | null) =>
    (await system.owner('department').insert({ campus_id, name_zh, name_en: name_zh, parent_id }).returning('id'))[0]
      .id;
  above = await insert('测试学院', null);
  department = await insert(below, above);
  dean = await anApprover('dean', above);
  admin = await staffBrowser(system.web, 'admin');
  stranger = await staffBrowser(system.web, 'otherApprover');
}, 120_000);
afterAll(() => system?.stop());

async function anApprover(username: string, of: string) {
  const id = await createStaff(system.owner, { username, password, name: '院长', departments: [of] });
  return { id, agent: await staffBrowser(system.web, { username, password }) };
}

let phones = 30_000;
const someone = () => ({ ...somebody, phone: `130000${++phones}` });
const page = async (agent: typeof admin, path: string, status = 200) =>
  load((await agent.get(path).expect(status)).text);
const waitingFor = async (agent: typeof admin) =>
  (await page(agent, '/inbox'))('section[aria-labelledby=waiting] a')
    .map((_, link) => link.attribs.href)
    .get();
const countFor = async (agent: typeof admin) =>
  Number(/\d+$/.exec((await page(agent, '/inbox'))('.staffbar a[href="/inbox"] .count').text())?.[0] ?? 0);
const offers = async (visitor: VisitorBrowser) =>
  (await visitor.page('/reservations/new?channel=official'))(`select[name=department] option[value="${department}"]`)
    .length === 1;

test('it is not offered, and admins are told why', async () => {
  const visitor = await new VisitorBrowser(system).settle();
  expect(await offers(visitor)).toBe(false);
  const form = { ...(await visitor.visitForm('official')), department };
  const $ = load((await visitor.post('/reservations', form).expect(422)).text);
  expect($('#field-department-error').text()).toContain('该部门暂不接受预约');

  const row = (await page(admin, '/admin/content/departments'))(`.tree__row:contains("${below}")`);
  expect(row.text()).toContain('无审批人，不可选');
  const faults = await page(admin, '/admin/faults');
  expect(faults('section[aria-labelledby=departments] li').text()).toContain(below);
  expect(faults('.staffbar a[href="/admin/faults"] .count').text()).toMatch(/1$/);
});

test('its tasks go to the department above, then to the admins, and come back with an approver', async () => {
  const { task } = await aWaitingTask(system, { who: someone(), department: below });
  const link = `/inbox/${task}`;
  expect(await waitingFor(dean.agent)).toEqual([link]);
  expect(await countFor(dean.agent)).toBe(1);
  expect(await waitingFor(stranger)).not.toContain(link);
  expect(await waitingFor(admin)).not.toContain(link);
  await page(stranger, link, 404);
  await page(admin, link, 404);
  expect((await page(admin, '/admin/faults'))('section[aria-labelledby=departments] li').text()).toContain(
    '待审批 1 件',
  );

  await system.owner('staff').where({ id: dean.id }).update({ left_at: new Date() });
  expect(await waitingFor(admin)).toContain(link);
  expect(await countFor(admin)).toBe(1);

  const own = await anApprover('keeper', department);
  expect(await waitingFor(own.agent)).toEqual([link]);
  expect(await waitingFor(admin)).not.toContain(link);
  const visitor = await new VisitorBrowser(system).settle();
  await until(() => offers(visitor), 'it is offered again');
  await system.owner('staff').where({ id: own.id }).update({ left_at: new Date() });
});

test('a person who may act for it decides, nobody else does', async () => {
  const { reservation, task } = await aSubmittedReservation(system, { who: someone(), department: below });
  const form = await page(admin, `/inbox/${task}`);
  const request = form('form[action$=decision] input[name=request]').val();
  const decide = (agent: typeof admin) =>
    agent.post(`/inbox/${task}/decision`).type('form').send({ request, verdict: 'approved' });
  await decide(stranger).expect(404);
  await decide(admin).expect(303);
  await until(() => system.db('pass').where({ reservation_id: reservation }).first(), 'the pass');
});
