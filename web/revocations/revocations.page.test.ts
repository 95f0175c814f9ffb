import { randomUUID } from 'node:crypto';
import { load } from 'cheerio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeTaskLink } from '../../store/approval/task-link.ts';
import { readCredentials } from '../../store/passes/pass.ts';
import { createStaff } from '../../store/staff/staff.ts';
import { anApprovedVisit } from '../../testing/approved.ts';
import { pageAgent } from '../../testing/page-agent.ts';
import { aSubmittedReservation, somebody, untilReservation } from '../../testing/reservations.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';

type Agent = Awaited<ReturnType<typeof staffBrowser>>;

let system: System;
const as: Record<string, Agent> = {};
beforeAll(async () => {
  system = await startSystem();
  const password = 'correct horse battery';
  const { id: department } = await system.owner('department').where({ name_zh: '信息科学与工程学院' }).first();
  const roles = {
    head: department,
    deputy: department,
    security: undefined,
    auditor: undefined,
    reception: department,
  };
  for (const [role, of] of Object.entries(roles)) {
    const username = `one-${role}`;
    const holds = [{ role: role as 'head', ...(of && { department: of }) }];
    await createStaff(system.db, { username, password, name: role, roles: holds });
    as[role] = await staffBrowser(system.web, { username, password });
  }
  for (const known of ['approver', 'otherApprover', 'admin'] as const)
    as[known] = await staffBrowser(system.web, known);
}, 180_000);
afterAll(() => system?.stop());

const agent = (role: string): Agent => {
  const known = as[role];
  if (!known) throw new Error(`Nobody is signed in as ${role}`);
  return known;
};
const revocation = (whom = '', text = '在实验室拍摄') => ({
  request: randomUUID(),
  revocation_whom: whom,
  revocation_reason: 'conduct',
  revocation_text: text,
});
const post = (role: string, path: string, form: object) =>
  agent(role).post(`${path}/revocation`).type('form').send(form);
const today = { from: new Date(Date.now() - 60_000), until: new Date(Date.now() + 3_600_000) };

const pagesOf = ({ reservation, task }: Visit) => ({
  task: `/inbox/${task}`,
  admin: `/admin/reservations/${reservation}`,
  desk: `/security/visits/${reservation}`,
});

type Visit = { reservation: string; task: string };
type Approved = Awaited<ReturnType<typeof anApprovedVisit>>;
const visits = {} as { waiting: Visit; approved: Approved; entered: Approved; ended: Approved };

describe('who is offered to end a visit, by role, page and state', () => {
  beforeAll(async () => {
    visits.waiting = await aSubmittedReservation(system, { who: { ...somebody, phone: '13100000001' }, ...today });
    visits.approved = await anApprovedVisit(system);
    visits.entered = await anApprovedVisit(system, { who: { phone: '13100000009' } });
    await system.owner('gate_event').insert({
      id: randomUUID(),
      reservation_id: visits.entered.reservation,
      ordinal: 0,
      gate_id: 'south',
      direction: 'in',
      method: 'qr',
      occurred_at: new Date(),
    });
    visits.ended = await anApprovedVisit(system);
    await post('admin', pagesOf(visits.ended).admin, revocation()).expect(303);
    await untilReservation(system, visits.ended.reservation, ({ stage }) => stage === 'closed');
  });

  /** Where a page exists for a role, and whether it may end a visit that stands. */
  const places: [role: string, page: 'task' | 'admin' | 'desk', sees: boolean, may: boolean][] = [
    ['approver', 'task', true, true],
    ['otherApprover', 'task', false, false],
    ['head', 'task', false, false],
    ['deputy', 'task', false, false],
    ['reception', 'task', false, false],
    ['admin', 'admin', true, true],
    ['approver', 'admin', false, false],
    ['auditor', 'admin', true, false],
    ['security', 'admin', false, false],
    ['security', 'desk', true, true],
    ['approver', 'desk', false, false],
    ['admin', 'desk', false, false],
  ];
  const states = ['waiting', 'approved', 'entered', 'ended'] as const;
  const table = places.flatMap(([role, page, sees, may]) => states.map((state) => ({ role, page, sees, may, state })));

  test.each(table)('$role, $page, $state', async ({ role, page, sees, may, state }) => {
    const path = pagesOf(visits[state])[page];
    // The desk looks after what was approved.
    const here = sees && !(page === 'desk' && state === 'waiting');
    const answer = await agent(role).get(path);
    expect(answer.status).toBe(here ? 200 : 404);
    const stands = state === 'approved' || state === 'entered';
    expect(load(answer.text)(`form[action="${path}/revocation"]`)).toHaveLength(here && may && stands ? 1 : 0);
    // Without a reason nothing is asked of the process; who may not is not told what the form lacks.
    const lacking = await post(role, path, { ...revocation(), revocation_reason: '' });
    expect(lacking.status).toBe(!here || (role === 'auditor' && page === 'admin') ? 404 : may ? 422 : 403);
    if (!here || !may || stands) return;
    const late = load((await post(role, path, revocation()).expect(409)).text)('[role=alert]').text();
    const ended = /^本次来访已由 陈静 于 \d\d\/\d\d \d\d:\d\d 撤销/;
    expect(late).toMatch(state === 'ended' ? ended : /^该预约没有有效的通行凭证/);
  });

  test('a head ends it from the page of a task that the ladder has brought to them', async () => {
    const visit = visits.approved;
    await system.owner('task').where({ id: visit.task }).update({ rung: 3 });
    // The deputy sees the same page, and may not.
    const { task: path } = pagesOf(visit);
    const seen = load((await agent('deputy').get(path).expect(200)).text);
    expect(seen(`form[action="${path}/revocation"]`)).toHaveLength(0);
    const refused = await post('deputy', path, { ...revocation(), revocation_reason: '' }).expect(403);
    expect(load(refused.text)('main').text()).toContain('如需这项权限，请联系管理员');
    await post('head', path, revocation()).expect(303);
    await untilReservation(system, visit.reservation, ({ outcome }) => outcome === 'revoked');
    const said = await system
      .owner('decision')
      .where({ reservation_id: visit.reservation, verdict: 'revoked' })
      .first();
    expect(said).toMatchObject({ revoked_as: 'head', revoked_for: 'conduct', revoked_ordinal: null });
  });
});

test('a visit that is ended is off every gate, and its visitor reads why', async () => {
  const visit = visits.entered;
  const form = revocation('', '未经许可进入实验室');
  await post('approver', pagesOf(visit).task, form).expect(303);
  // The same form again: the same answer, and one decision.
  await post('approver', pagesOf(visit).task, form).expect(303);
  await untilReservation(system, visit.reservation, ({ outcome }) => outcome === 'revoked');
  const visitor = new VisitorBrowser(system, { phone: '13100000009' });
  await visitor.register();
  const told = (await visitor.page(`/reservations/${visit.reservation}`))('.timeline');
  expect(told.text()).toContain('校方已撤销本次来访');
  expect(told.text().match(/理由/g)).toHaveLength(1);
  expect(told.text()).toContain('理由：违反校园管理规定：未经许可进入实验室');
  const feed = await until(async () => {
    const rows = await system.owner('gate_feed').where({ reservation_id: visit.reservation, kind: 'revoked' });
    return rows.length === 2 && rows;
  }, 'both gates of the campus');
  expect(feed.map(({ gate_id }) => gate_id).sort()).toEqual(['east', 'south']);
  const kept = await system.owner('decision').where({ request_id: form.request });
  expect(kept).toHaveLength(1);
  expect(String(kept[0].reason_enc)).not.toContain('实验室');
  const recorded = await system.owner('audit').where({ action: 'visit_revoked', subject_id: visit.reservation });
  expect(recorded).toMatchObject([{ actor_kind: 'staff', detail: { request: form.request, for: 'conduct' } }]);
});

describe('the security desk', () => {
  const found = {} as { one: Approved; other: Approved };
  const links = ($: ReturnType<typeof load>) =>
    $('tbody a')
      .map((_, link) => $(link).attr('href')?.split('/').at(-1))
      .get();
  const search = async (term: string) =>
    load((await agent('security').post('/security/searches').type('form').send({ term }).expect(200)).text);

  test('finds a visit of today by name, the end of a phone, a plate or a gate code, and says the name masked', async () => {
    // No number that is counted up ends like this one.
    const who = { name: '司徒望山', phone: '13177778642', document: '110199200001019010', plate: '沪B99887' };
    found.one = await anApprovedVisit(system, { who });
    found.other = await anApprovedVisit(system, { who: { name: '司徒望', phone: '13177770043', plate: null } });
    const { one: visit, other } = found;
    const credentials = await readCredentials(system.db, system.cipher, visit.pass);
    const code = credentials?.gateCode ?? '';
    for (const term of [
      '司徒望山',
      '8642',
      '7777 8642',
      '沪 b·99887',
      code,
      `${code.slice(0, 4)}-${code.slice(4)}`.toLowerCase(),
    ]) {
      const page = await search(term);
      expect(links(page), term).toEqual([visit.reservation]);
      expect(page('tbody').text()).toContain('司**山');
    }
    // A part of a name finds nobody; three digits are no end of a phone.
    for (const term of ['司徒', '642', '沪B']) expect(links(await search(term)), term).toEqual([]);
    const listed = load((await agent('security').get('/security').expect(200)).text);
    expect(links(listed)).toEqual(expect.arrayContaining([visit.reservation, other.reservation]));
    // The details alone: an id or a seal holds any four digits by chance.
    const details = JSON.stringify(await system.owner('audit').where({ subject_id: 'security' }).pluck('detail'));
    expect(details).toContain('"by":"term"');
    expect(details).not.toMatch(/司徒|8642|99887/);
  });

  test('ends a visit of today, and sees none of another day', async () => {
    const visit = found.one;
    const path = pagesOf(visit).desk;
    const shown = load((await agent('security').get(path).expect(200)).text);
    expect(shown('main').text()).not.toContain(visit.document);
    await post('security', path, { ...revocation(), revocation_reason: 'other', revocation_text: '' }).expect(422);
    await post('security', path, revocation('3')).expect(409);
    await post('security', path, revocation()).expect(303);
    const after = load((await agent('security').get(path).expect(200)).text);
    expect(after('h1').text()).toContain('已撤销');
    // A gate is told a moment later than the page: so long the pass is not called good.
    const passes = () => system.owner('pass').where({ reservation_id: visit.reservation });
    await until(() => passes().whereNotNull('revoked_at').first(), 'it is told');
    await passes().update({ revoked_at: null });
    const state = async () => load((await agent('security').get(path).expect(200)).text)('.person .badge').text();
    expect(await state()).toBe('凭证正在失效');
    await passes().update({ revoked_at: new Date() });
    expect(await state()).toBe('凭证已失效');
    const later = found.other;
    const inThreeDays = (hours: number) => new Date(Date.now() + (72 + hours) * 3_600_000);
    await system
      .owner('reservation')
      .where({ id: later.reservation })
      .update({ visit_from: inThreeDays(0), visit_until: inThreeDays(1) });
    await agent('security').get(pagesOf(later).desk).expect(404);
    await post('security', pagesOf(later).desk, revocation()).expect(404);
  });
});

test('an auditor reads reservations and the audit, and neither unmasks nor changes anything', async () => {
  const auditor = agent('auditor');
  await system.owner('staff').where({ username: 'one-auditor' }).update({ may_unmask: true });
  const { admin: path } = pagesOf(visits.entered);
  const shown = load((await auditor.get(path).expect(200)).text);
  expect(shown(`form[action^="${path}/"]`)).toHaveLength(0);
  const person = await system.owner('reservation_person').where({ reservation_id: visits.entered.reservation }).first();
  const unmask = { person: person.id, unmask_reason: '查一下' };
  await auditor.post(`${path}/unmasking`).type('form').send(unmask).expect(404);
  await auditor.post('/admin/reservations/searches').type('form').send({ term: visits.entered.phone }).expect(200);
  const log = load((await auditor.get('/admin/audit?action=visit_revoked').expect(200)).text);
  expect(log('tbody tr').length).toBeGreaterThanOrEqual(3);
  await auditor.get('/admin/audit').expect(200);
  expect(log(`a[href="${path}"]`).length).toBeGreaterThan(0);
  for (const closed of ['/admin/staff', '/admin/content', '/admin/faults', '/admin/recoveries', '/security'])
    await auditor.get(closed).expect(404);
  await agent('approver').get('/admin/audit').expect(404);
});

describe('evidence', () => {
  const at = ({ reservation }: Visit) => `/staff/visits/${reservation}/evidence`;
  const text = (html: string) => load(html)('main').text().replace(/\s+/g, ' ');

  test('says who signed, on what they saw, when and by which way, and what became of it', async () => {
    const visit = visits.waiting;
    const path = pagesOf(visit).task;
    await agent('approver').get(at(visit)).expect(404);
    const form = load((await agent('approver').get(path).expect(200)).text)('form[action$=decision]').serializeArray();
    const answer = Object.fromEntries(form.map(({ name, value }) => [name, value]));
    await agent('approver')
      .post(`${path}/decision`)
      .type('form')
      .send({ ...answer, verdict: 'approved' })
      .expect(303);
    await untilReservation(system, visit.reservation, ({ stage }) => stage === 'visit');
    await post('admin', pagesOf(visit).admin, revocation('', '校园临时封闭')).expect(303);
    await untilReservation(system, visit.reservation, ({ outcome }) => outcome === 'revoked');

    const page = await agent('approver').get(at(visit)).expect(200);
    const hash = String(answer.seen).split(' ')[0];
    expect(text(page.text)).toMatch(
      new RegExp(`同意 审批人赵敏 时间.*登录后在审批页面 · 本人职责 .*SHA-256 ${hash}与现存内容一致。`),
    );
    expect(text(page.text)).toMatch(/撤销来访 审批人陈静 .*方式登录后 · 以管理员身份.*校园临时封闭/);
    expect(text(page.text)).toMatch(/预约已提交 · 访客.*审批已通过 · 赵敏.*校方已撤销本次来访 · 陈静/);
    expect(page.text).not.toMatch(/110199200001019010|13100000001/);
    const looks = await system.owner('audit').where({ action: 'evidence_viewed', subject_id: visit.reservation });
    expect(looks).toHaveLength(1);
    const visitor = new VisitorBrowser(system, { phone: '13100000001' });
    await visitor.register();
    expect((await visitor.page('/my-data'))('[aria-labelledby=looks]').text()).toContain('查看审批凭据');
    const linked = load((await agent('approver').get(path).expect(200)).text);
    expect(linked(`a[href="${at(visit)}"]`)).toHaveLength(1);

    // Somebody is frozen with the submission afterwards: what was seen then is not what is kept now.
    await system
      .owner('decision')
      .where({ request_id: answer.request })
      .update({ seen_hash: Buffer.alloc(32, 1) });
    expect(text((await agent('approver').get(at(visit)).expect(200)).text)).toContain('现存内容此后有变化');
  });

  test('of a decision by a link says where the link was sent', async () => {
    const who = { ...somebody, phone: '13100000002' };
    const visit = await aSubmittedReservation(system, { who, ...today });
    const staff = (await system.owner('staff').where({ username: 'approver' }).first()).id;
    const token = await makeTaskLink(system.db, { staff, task: visit.task, sentTo: 'z***@example.edu' });
    const browser = pageAgent(system.web).set({ Origin: system.web });
    const form = load((await browser.get(`/t/${token}`).expect(200)).text)('form[action^="/t/"]').serializeArray();
    const answer = Object.fromEntries(form.map(({ name, value }) => [name, value]));
    await browser
      .post(`/t/${token}`)
      .type('form')
      .send({ ...answer, verdict: 'approved', username: 'approver' })
      .expect(303);
    await until(() => system.owner('decision').where({ reservation_id: visit.reservation }).first(), 'a decision');
    const told = text((await agent('admin').get(at(visit)).expect(200)).text);
    expect(told).toMatch(/通过发送至 z\*\*\*@example\.edu 的一次性链接.*SHA-256 [0-9a-f]{64}与现存内容一致。/);
  });

  test.each([
    ['approver', true],
    ['head', true],
    ['admin', true],
    ['auditor', true],
    ['otherApprover', false],
    ['deputy', false],
    ['security', false],
    ['reception', false],
  ])('%s may read it: %s', async (role, may) => {
    await agent(role)
      .get(at(visits.ended))
      .expect(may ? 200 : 404);
  });
});
