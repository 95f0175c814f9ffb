import { randomUUID } from 'node:crypto';
import { load } from 'cheerio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { day, dayOf, hour, toLocalInput } from '../../domain/time.ts';
import { forgetContent } from '../../store/content/content-cache.ts';
import { freezePerson, type SubmittedPerson } from '../../store/reservations/submission.ts';
import { createStaff } from '../../store/staff/staff.ts';
import { aDeclaredCompanion } from '../../testing/companions.ts';
import { aRefusal } from '../../testing/refusing.ts';
import { aSubmittedReservation, aWaitingTask, somebody } from '../../testing/reservations.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { aSubmittedPerson } from '../../testing/submitted.ts';
import { type System, staffLogins, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import { on as windowOn } from '../../testing/window.ts';

type Agent = Awaited<ReturnType<typeof staffBrowser>>;

let system: System;
let approver: Agent;
let colleague: Agent;
let stranger: Agent;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
  const department = await system.owner('department').where({ name_zh: '信息科学与工程学院' }).first();
  await createStaff(system.owner, {
    username: 'colleague',
    password: staffLogins.approver.password,
    name: '孙丽',
    mayUnmask: true,
    departments: [department.id],
  });
  approver = await staffBrowser(system.web, 'approver');
  colleague = await staffBrowser(system.web, { username: 'colleague', password: staffLogins.approver.password });
  stranger = await staffBrowser(system.web, 'otherApprover');
}, 120_000);
afterAll(() => system?.stop());

let phones = 10_000;
const someone = (name = somebody.name) => ({ ...somebody, name, phone: `130000${++phones}` });
const page = async (agent: Agent, path: string, status = 200) => load((await agent.get(path).expect(status)).text);
/** The idempotency key that the task's page offers. */
const keyOf = async (agent: Agent, task: string) =>
  (await page(agent, `/inbox/${task}`))('form[action$=decision] input[name=request]').val();
const decide = (agent: Agent, task: string, form: Record<string, unknown>) =>
  agent.post(`/inbox/${task}/decision`).type('form').send(form);

describe('the list', () => {
  test('shows what waits for the own departments, the most urgent first, with masked names', async () => {
    const soon = new Date(Date.now() + 40 * 60_000);
    await aWaitingTask(system, { who: someone('周小远'), decideBy: new Date(Date.now() + 26 * 3600_000) });
    await aWaitingTask(system, { who: someone('吴小近'), decideBy: soon, channel: 'official' });
    await aWaitingTask(system, { who: someone('郑不见'), department: '后勤管理处' });
    const $ = await page(approver, '/inbox');
    const rows = $('section[aria-labelledby=waiting] li')
      .map((_, row) => $(row).text().replace(/\s+/g, ' '))
      .get();
    const near = rows.findIndex((row) => row.includes('吴*近'));
    const far = rows.findIndex((row) => row.includes('周*远'));
    expect(near).toBeGreaterThanOrEqual(0);
    expect(near).toBeLessThan(far);
    expect(rows[near]).toMatch(/因公访客.*还剩 (39|40) 分钟.*信息科学与工程学院 · 校本部/);
    expect(rows[far]).toMatch(/还剩 1 天/);
    expect($.text()).not.toMatch(/吴小近|周小远|郑/);
    expect((await page(stranger, '/inbox')).text()).toMatch(/郑\*见/);
  });

  test('begins at the top where an address is none of its own', async () => {
    const strange = ['x', '1.2', '-'.repeat(36), randomUUID()];
    for (const after of strange)
      expect((await page(approver, `/inbox?after=${after}`))('.row').length).toBeGreaterThan(0);
  });

  test('says so when nothing waits', async () => {
    await createStaff(system.owner, { username: 'idle', password: 'long enough', name: '闲' });
    const $ = await page(await staffBrowser(system.web, { username: 'idle', password: 'long enough' }), '/inbox');
    expect($('.state--empty').text()).toContain('当前没有待审批的预约');
  });

  test('has tabs with counts: what names somebody, or is done for somebody else, is theirs; seats are the department’s', async () => {
    const handed = await aWaitingTask(system, { who: someone('何指名') });
    const [other] = await system.owner('staff').where({ username: 'approver2' }).pluck('id');
    const [own] = await system.owner('staff').where({ username: 'approver' }).pluck('id');
    await system
      .owner('task')
      .where({ id: handed.task })
      .update({ people: [own, other] });
    const [all, mine, seats] = await Promise.all(
      ['/inbox', '/inbox?tab=mine', '/inbox?tab=departments'].map((path) => page(approver, path)),
    );
    const linked = ($: typeof all, id: string) => $?.(`#tasks a[href^="/inbox/${id}"]`).length;
    expect([all, mine, seats].map(($) => linked($, handed.task))).toEqual([1, 1, 0]);
    const counts = all?.('.inbox-tabs__count')
      .map((_, one) => Number(all(one).text()))
      .get();
    expect(counts?.[1]).toBe(1);
    expect(counts?.[0]).toBe((counts?.[1] ?? 0) + (counts?.[2] ?? 0));
    expect(all?.('title').text()).toMatch(new RegExp(`^\\(${counts?.[0]}\\) `));
    await system.owner('task').where({ id: handed.task }).update({ people: null });
    await approver.post(`/inbox/${handed.task}/claims`).type('form').send({}).expect(303);
    const seen = async (agent: Agent, tab: string) => linked(await page(agent, `/inbox?tab=${tab}`), handed.task);
    expect(await Promise.all([seen(approver, 'claimed'), seen(approver, 'mine')])).toEqual([1, 1]);
    expect(await Promise.all([seen(colleague, 'claimed'), seen(colleague, 'mine')])).toEqual([1, 0]);
  });

  test('is narrowed by channel, day, campus and department, and the address holds nothing but ids', async () => {
    const { from, until } = windowOn(5, 1);
    const visit = { from, until, decideBy: from };
    const there = await aWaitingTask(system, { who: someone('冯筛选'), channel: 'official', ...visit });
    const found = async (query: string) =>
      (await page(approver, `/inbox?${query}`))(`#tasks a[href^="/inbox/${there.task}"]`).length;
    const { campus_id, department_id } = await system.owner('submission').where({ id: there.submission }).first();
    const on = (days: number) => dayOf(from.getTime() + days * day);
    expect(await Promise.all([found('channel=official'), found('channel=personal')])).toEqual([1, 0]);
    expect(await Promise.all([found(`day=${on(0)}`), found(`day=${on(1)}`)])).toEqual([1, 0]);
    expect(await Promise.all([found(`campus=${campus_id}`), found(`campus=${randomUUID()}`)])).toEqual([1, 0]);
    expect(await Promise.all([found(`department=${department_id}`), found(`department=${randomUUID()}`)])).toEqual([
      1, 0,
    ]);
    expect(await Promise.all([found(`only=${there.task}`), found(`only=${randomUUID()}`)])).toEqual([1, 0]);
    const ticked = await page(approver, `/inbox?tab=departments&only=${there.task}`);
    expect(ticked('.tasks__more a').attr('href')).toBe('/inbox?tab=departments');
    const all = await page(approver, '/inbox');
    expect(all(`#${all('.tasks__more button').attr('aria-describedby')}`).text()).toContain('只显示勾选的审批');
    const $ = await page(approver, `/inbox?channel=official&day=${on(0)}&after=x`);
    expect($('#tasks a[href^="/inbox/"]').attr('href')).toBe(`/inbox/${there.task}?channel=official&day=${on(0)}`);
  });

  test('is paged: every task once, in whatever order', async () => {
    for (let n = 0; n < 52; n += 1) await aWaitingTask(system, { who: someone('褚多页'), department: '后勤管理处' });
    for (const sort of ['due', 'newest']) {
      const first = await page(stranger, `/inbox?sort=${sort}`);
      const second = await page(stranger, first('.tasks__more a').attr('href') ?? '');
      const ids = [first, second].flatMap(($) =>
        $('#tasks input[name=only]')
          .map((_, box) => $(box).val())
          .get(),
      );
      const waiting = await system
        .owner('task as t')
        .join('department as d', 'd.id', 't.department_id')
        .where({ 't.status': 'open', 'd.name_zh': '后勤管理处' })
        .pluck('t.id');
      expect(ids.toSorted()).toEqual(waiting.toSorted());
      expect(second('.tasks__more a')).toHaveLength(0);
    }
  });

  test('is found in by a whole name or the end of a phone number, among one’s own tasks; the audit does not keep the word', async () => {
    const who = { ...someone('卫寻常'), phone: '13055559876' };
    const { task } = await aWaitingTask(system, { who });
    const search = async (agent: Agent, term: string) => {
      const answer = await agent.post('/inbox/searches').type('form').send({ term }).expect(200);
      return load(answer.text)(`a[href="/inbox/${task}"]`).length;
    };
    expect(
      await Promise.all(['卫寻常', '卫 寻常', '9876', '13055559876'].map((term) => search(approver, term))),
    ).toEqual([1, 1, 1, 1]);
    expect(await Promise.all(['卫寻', '寻常', '5559', '%'].map((term) => search(approver, term)))).toEqual([
      0, 0, 0, 0,
    ]);
    expect(await search(stranger, '卫寻常')).toBe(0);
    const audit = await system.owner('audit').where({ action: 'inbox_searched' }).orderBy('id');
    expect(audit).toHaveLength(9);
    for (const by of ['name', 'phone_tail']) expect(audit.map(({ detail }) => detail)).toContainEqual({ by, found: 1 });
    // The details alone: an id or a seal holds any four digits by chance.
    expect(JSON.stringify(audit.map(({ detail }) => detail))).not.toMatch(/寻常|9876/);
  });

  test('keeps a filter for the one who kept it, and drops it', async () => {
    // As a browser sends what was drawn, by the button of that name: with the mark inside the form alone.
    const choose = async (button?: string) => {
      const form = (await page(approver, '/inbox?tab=departments'))('form.finders__filter');
      expect(form.find('button').first().text()).toBe('查看');
      const drawn = Object.fromEntries(form.serializeArray().map(({ name, value }) => [name, value]));
      const pressed = form.find(`button[name=${button}]`);
      const chosen = { ...drawn, channel: 'official', day: '2026-12-01', sort: 'newest' };
      const sent = { ...chosen, ...(button && { [button]: pressed.val() }) };
      expect(form.attr('method')).toBe('post');
      const to = pressed.attr('formaction') ?? form.attr('action') ?? '';
      return approver.post(to).unset('Form-Owner').type('form').send(sent);
    };
    const looked = await choose();
    expect(looked.headers.location).toBe('/inbox?tab=departments&sort=newest&channel=official&day=2026-12-01');
    expect((await page(approver, '/inbox'))('.kept-filters')).toHaveLength(0);
    expect((await choose('keep')).status).toBe(303);
    const $ = await page(approver, '/inbox');
    expect($('#told').text()).toBe('筛选已保存，来访日期除外。');
    expect($('.kept-filters a').attr('href')).toBe('/inbox?tab=departments&sort=newest&channel=official');
    expect($('.kept-filters a').text()).toBe('本部门 · 因公访客 · 最新提交');
    expect((await page(colleague, '/inbox'))('.kept-filters')).toHaveLength(0);
    const removal = $('.kept-filters form').attr('action') ?? '';
    await colleague.post(removal).expect(303);
    expect((await page(approver, '/inbox'))('.kept-filters a')).toHaveLength(1);
    await approver.post(removal).expect(303);
    expect((await page(approver, '/inbox'))('.kept-filters')).toHaveLength(0);
  });

  test('asks for what is new with little: nothing while nothing changed, else the list as it is now', async () => {
    const news = async (agent: Agent) => (await page(agent, '/inbox'))('#tasks').attr('hx-get') ?? '';
    // The mark changes with the minute too, so that the time left is drawn anew.
    const same = async () => (await approver.get(await news(approver))).status;
    expect([await same(), await same()]).toContain(204);
    const before = await news(approver);
    const { task } = await aWaitingTask(system, { who: someone('蒋新来') });
    const $ = load((await approver.get(before).expect(200)).text);
    expect($(`a[href="/inbox/${task}"]`)).toHaveLength(1);
    expect($('html title, header')).toHaveLength(0);
    expect(Number($('#tasks').attr('data-total'))).toBeGreaterThan(0);
  });

  test('stands beside the task that is read, which is marked in it', async () => {
    const { task } = await aWaitingTask(system, { who: someone('沈并排') });
    const $ = await page(approver, `/inbox/${task}?tab=departments&sort=newest`);
    expect($('#tasks a[aria-current=true]').attr('href')).toBe(`/inbox/${task}?tab=departments&sort=newest`);
    expect($('#tasks .inbox-tabs [aria-current]').text()).toContain('本部门');
  });

  test('is complete in English', async () => {
    const $ = await page(approver, '/inbox?lang=en');
    expect($('h1').text()).toBe('Inbox');
    expect($('html').attr('lang')).toBe('en');
  });
});

test('a task of another department does not exist: its page, its decision, its documents', async () => {
  const { task, submission } = await aWaitingTask(system, { who: someone(), department: '后勤管理处' });
  const person = await system.owner('reservation_person').where({ submission_id: submission }).first();
  await colleague.get(`/inbox/${task}`).expect(404);
  await decide(colleague, task, { request: randomUUID(), verdict: 'approved' }).expect(404);
  await colleague
    .post(`/inbox/${task}/unmasking`)
    .type('form')
    .send({ person: person.id, unmask_reason: '好奇' })
    .expect(404);
  await colleague.get(`/inbox/${randomUUID()}`).expect(404);
  await colleague.get('/inbox/..%2fadmin').expect(404);
  expect(await system.owner('request').where({ reservation_id: (await reservationOf(task)).id })).toEqual([]);
});

test('a task shows what else is known: earlier visits here, the same person elsewhere at that time, places left', async () => {
  const from = new Date(Date.now() + 6 * day);
  const who = { ...someone('秦往来'), document: 'G1234567' };
  const visit = { who, from, until: new Date(from.getTime() + 2 * hour), decideBy: from };
  const { task, submission } = await aWaitingTask(system, visit);
  const again = async (outcome: string | null, department?: string) => {
    const phone = someone().phone;
    const made = await aWaitingTask(system, { ...visit, who: { ...who, phone }, ...(department && { department }) });
    const closed = { stage: 'closed', outcome, closed_at: new Date() };
    if (outcome) await system.owner('reservation').where({ id: made.reservation }).update(closed);
  };
  for (const outcome of ['completed', 'completed', 'no_show', 'cancelled']) await again(outcome);
  await again('completed', '后勤管理处');
  await again(null, '后勤管理处');
  const { campus_id } = await system.owner('submission').where({ id: submission }).first();
  const { daily_capacity } = await system.owner('campus').where({ id: campus_id }).first();
  await system.owner('campus').where({ id: campus_id }).update({ daily_capacity: 40 });
  try {
    await system
      .owner('slot')
      .insert({ campus_id, day: dayOf(from.getTime()), capacity: 40, held: 3 })
      .onConflict()
      .ignore();
    const text = (await page(approver, `/inbox/${task}`))('section[aria-labelledby=background]').text();
    expect(text).toContain('秦往来：来访 2 次，预约后未到 1 次');
    expect(text.match(/其他部门/g)).toHaveLength(1);
    expect(text).toContain(`${dayOf(from.getTime())}：37 / 40`);
    expect(text).not.toContain('后勤');
  } finally {
    await system.owner('campus').where({ id: campus_id }).update({ daily_capacity });
  }
});

test('a task shows what was submitted, documents masked, and the look is recorded', async () => {
  const { task, reservation } = await aWaitingTask(system, { who: someone('冯春来'), note: '带两箱设备' });
  const $ = await page(approver, `/inbox/${task}`);
  const text = $('main').text();
  for (const shown of ['冯春来', '王建国', '业务往来', '带两箱设备', '1101**********9010', '京A**345', '校本部']) {
    expect(text).toContain(shown);
  }
  expect(text).not.toMatch(/110199200001019010|130000\d{5}|京A12345/);
  const audit = await system.owner('audit').where({ subject_id: reservation, action: 'task_viewed' });
  expect(audit).toHaveLength(1);
});

/** Somebody along beside the lead, frozen with the submission. */
async function becomesReady(
  visit: { visitor: string; submission: string; reservation: string },
  person: Partial<SubmittedPerson> = {},
) {
  const { id: consent } = await system.db('consent').where({ visitor_id: visit.visitor }).first('id');
  const companion = await aDeclaredCompanion(system, visit.visitor);
  const details = { ordinal: 1, person: null, personVersion: null, visitor: null, consent, companion, name: '同行人' };
  const frozen = aSubmittedPerson({ ...details, ...person });
  await freezePerson(system.db, system, { id: visit.submission, reservation: visit.reservation }, frozen);
}

describe('what a decision was taken on', () => {
  const formOf = ($: Awaited<ReturnType<typeof page>>, action = 'decision'): Record<string, string> =>
    Object.fromEntries(
      $(`form[action$=${action}]`)
        .serializeArray()
        .map(({ name, value }) => [name, value]),
    );

  test('somebody who became ready after the page was drawn: 409, who it is, and nothing is decided', async () => {
    const visit = await aSubmittedReservation(system, { who: someone('顾未见') });
    const path = `/inbox/${visit.task}`;
    const shown = await page(approver, path);
    await becomesReady(visit, { name: '同行未见' });
    const stale: Record<string, string> = { ...formOf(shown), reason: '欢迎' };
    for (const [action, answer] of [
      ['decision', { ...stale, verdict: 'approved' }],
      ['return', { ...formOf(shown, 'return'), return_reason: '请补充' }],
      ['transfer', { ...formOf(shown, 'transfer'), transfer_to: 'admin', transfer_reason: '请代为处理' }],
      ['decline', { ...formOf(shown, 'decline'), decline_reason: '不是我们学院的访客' }],
    ] as const) {
      const told = await approver.post(`${path}/${action}`).type('form').send(answer).expect(409);
      expect(load(told.text)('[role=alert]').text()).toMatch(/申请内容有变化：同行未见。您的意见没有提交/);
    }
    expect(await system.owner('decision').where({ reservation_id: visit.reservation })).toEqual([]);
    expect(await system.owner('request').where({ reservation_id: visit.reservation, kind: 'decide' })).toEqual([]);
    const again = load(
      (
        await approver
          .post(`${path}/decision`)
          .type('form')
          .send({ ...stale, verdict: 'approved' })
      ).text,
    );
    // What was typed is still there; the page drawn now is decided on.
    expect(again('#field-reason').val()).toBe('欢迎');
    const form = formOf(again);
    expect(form.seen).not.toBe(stale.seen);
    await decide(approver, visit.task, { ...form, verdict: 'approved' }).expect(303);
    const kept = await system.owner('decision').where({ reservation_id: visit.reservation }).first();
    expect(kept.seen_hash.toString('hex')).toBe(String(form.seen).split(' ')[0]);
    // Sent once more, it is the same decision, whatever is shown by now.
    await decide(approver, visit.task, { ...stale, request: form.request, verdict: 'approved' }).expect(303);
  });

  test('no form of ours holds another text', async () => {
    const { task } = await aWaitingTask(system, { who: someone('郭乱填') });
    for (const seen of ['x', 'a'.repeat(64), `${'a'.repeat(64)} visit:zz`])
      await decide(approver, task, { request: randomUUID(), verdict: 'approved', seen }).expect(400);
  });
});

describe('a person who needs a closer look', () => {
  const badgesOf = ($: Awaited<ReturnType<typeof page>>, scope: string) =>
    $(scope)
      .find('.badge--wait')
      .map((_, badge) => $(badge).text())
      .get();

  async function withCompanion(name: string, person: Partial<SubmittedPerson>) {
    const visit = await aWaitingTask(system, { who: { ...someone(name), plate: null } });
    await becomesReady(visit, person);
    const list = await page(approver, '/inbox');
    const row = list('section[aria-labelledby=waiting] li').filter(
      (_, one) => list(one).find('a').attr('href')?.endsWith(visit.task) ?? false,
    );
    const inList = row
      .find('.badge--wait')
      .map((_, badge) => list(badge).text())
      .get();
    return {
      inList,
      onPage: badgesOf(await page(approver, `/inbox/${visit.task}`), 'section[aria-labelledby=people]'),
    };
  }
  /** So many years and a day ago. */
  const born = (years: number) => dayOf(Date.now() - (years * 365.25 + 1) * day);

  test.each([
    ['a child under fourteen', { birthDay: born(10) }, ['未满 14 周岁，监护人已同意']],
    ['somebody under eighteen', { birthDay: born(16) }, ['未成年人']],
    ['a document that no rule can check', { documentType: 'other', document: '海员证 A1' }, ['需人工核验']],
    ['an embassy’s plate', { plate: '使224001' }, ['需人工核验']],
    [
      'a child with such a document',
      { birthDay: born(10), documentType: 'other', document: '无' },
      ['未满 14 周岁，监护人已同意', '需人工核验'],
    ],
    ['an adult whose passport can be read', { birthDay: born(18) }, []],
  ] as const)('%s: the list and the task say so', async (_, person, badges) => {
    const { inList, onPage } = await withCompanion('蒋大人', person);
    expect(inList).toEqual(badges);
    expect(onPage).toEqual(badges);
  });
});

test('an approval goes through the workflow and shows what became of it', async () => {
  const { task, reservation } = await aSubmittedReservation(system, { who: someone() });
  const request = await keyOf(approver, task);
  const done = await decide(approver, task, { request, verdict: 'approved', reason: '' }).expect(303);
  expect(done.headers.location).toBe(`/inbox/${task}`);
  const shown = await until(async () => {
    const $ = await page(approver, `/inbox/${task}`);
    return $('.verdict').length > 0 && $;
  }, 'the task shows its verdict');
  expect(shown('.verdict').text()).toMatch(/已同意.*赵敏/s);
  expect(shown('form[action$=decision]')).toHaveLength(0);
  await until(async () => (await reservationOf(task)).stage === 'visit', 'the workflow has gone on to the visit');
  expect((await page(approver, '/inbox?tab=done'))('section[aria-labelledby=decided]').text()).toContain('已同意');
  expect(await auditOf(reservation)).toEqual([expect.objectContaining({ action: 'task_approved' })]);
});

test('a refusal tells why, from the list: without it 422 at the field and nothing kept; the words are kept encrypted', async () => {
  const { task, reservation } = await aSubmittedReservation(system, { who: someone() });
  const request = await keyOf(approver, task);
  const listed = await aRefusal(system.owner);
  const { id: other } = await system.owner('refusal_reason').where({ name_zh: '其他' }).first('id');
  for (const [form, field, sentence] of [
    [{ ...listed, refused_for: '', reason: '不便' }, 'refused_for', '请选择不同意的原因'],
    [{ ...listed, refused_for: randomUUID() }, 'refused_for', '请选择不同意的原因'],
    [{ ...listed, refused_for: other, reason: '  ' }, 'reason', '请写明不同意的具体原因'],
    [{ ...listed, reason: '长'.repeat(201) }, 'reason', '理由过长，请删减'],
  ] as const) {
    const $ = load((await decide(approver, task, { request, ...form }).expect(422)).text);
    expect($(`#field-${field}-error`).text()).toBe(sentence);
    expect($(`#field-${field}`).attr('aria-invalid')).toBe('true');
    expect($('#field-reason').val()).toBe(form.reason.trim());
    expect($('input[name=request]').val()).toBe(request);
  }
  expect(await system.owner('request').where({ reservation_id: reservation, kind: 'decide' })).toEqual([]);

  const reason = '当日场地维修，请改期';
  await decide(approver, task, { request, ...listed, reason }).expect(303);
  const row = await until(async () => {
    const found = await reservationOf(task);
    return found.outcome && found;
  }, 'the reservation is closed');
  expect(row.outcome).toBe('rejected');
  // The decision keeps the words as they were.
  await system.owner('refusal_reason').where({ id: listed.refused_for }).update({ name_zh: '另约时间' });
  forgetContent(system.db);
  expect((await page(approver, `/inbox/${task}`))('.verdict').text()).toMatch(/时间不合适.*当日场地维修，请改期/s);
  expect((await page(approver, `/staff/visits/${reservation}/evidence`))('main').text()).toContain('时间不合适');
  await system.owner('refusal_reason').where({ id: listed.refused_for }).update({ name_zh: '时间不合适' });
  const decision = await system.owner('decision').where({ reservation_id: reservation }).first();
  expect(decision.reason_enc.toString('utf8')).not.toContain('维修');
  expect(JSON.stringify(await system.owner('request').where({ reservation_id: reservation }))).not.toContain('维修');
  const [act] = await auditOf(reservation);
  expect(act.detail).toMatchObject({ for: listed.refused_for });
});

test('only the refused form keeps its key and its texts; the others get new keys', async () => {
  const { task } = await aSubmittedReservation(system, { who: someone() });
  const keysOf = ($: Awaited<ReturnType<typeof page>>) =>
    Object.fromEntries(
      $('form input[name=request]')
        .get()
        .map((input) => [$(input).closest('form').attr('action')?.split('/').at(-1), $(input).val()]),
    );
  const first = keysOf(await page(approver, `/inbox/${task}`));
  expect(Object.keys(first)).toEqual(['decision', 'return', 'proposal', 'signers', 'transfer', 'decline']);
  const refused = await approver
    .post(`/inbox/${task}/return`)
    .type('form')
    .send({ request: first.return, return_reason: '长'.repeat(201) })
    .expect(422);
  const $ = load(refused.text);
  const second = keysOf($);
  expect(second.return).toBe(first.return);
  expect(new Set([...Object.values(first), ...Object.values(second)]).size).toBe(11);
  expect($('#field-return_reason').val()).toHaveLength(201);
  expect($('#field-reason').val()).toBe('');
  expect($('details[open] form').attr('action')).toBe(`/inbox/${task}/return`);
});

test('the time that was asked for is no proposal, though it has seconds that no field shows', async () => {
  const from = new Date(Date.now() + 2 * day);
  const { task, submission } = await aWaitingTask(system, {
    who: someone(),
    from,
    until: new Date(from.getTime() + hour),
    decideBy: from,
  });
  const asked = await system.owner('submission').where({ id: submission }).first();
  expect(new Date(asked.visit_from).getTime() % 60_000).not.toBe(0);
  const form = (await page(approver, `/inbox/${task}`))('form[action$=proposal]');
  const drawn = Object.fromEntries(form.serializeArray().map(({ name, value }) => [name, value]));
  const refused = await approver.post(`/inbox/${task}/proposal`).type('form').send(drawn).expect(422);
  expect(load(refused.text)('#field-propose_from-error').text()).toBe('与申请的时间相同，可直接同意');
});

test('a proposal that is on its way waits like a decision, and one that was delivered leaves the task open', async () => {
  const { task } = await aSubmittedReservation(system, { who: someone() });
  const propose = async () => {
    const $ = await page(approver, `/inbox/${task}`);
    const form = $('form[action$=proposal]');
    const request = form.find('input[name=request]').val();
    const texts = {
      propose_from: toLocalInput(new Date(Date.now() + 2 * day)),
      propose_until: toLocalInput(new Date(Date.now() + 2 * day + hour)),
    };
    return approver
      .post(`/inbox/${task}/proposal`)
      .type('form')
      .send({ request, ...texts })
      .expect(303);
  };
  await system.parts.worker.stop();
  try {
    await propose();
    const $ = await page(approver, `/inbox/${task}`);
    expect($('.state--waiting')).toHaveLength(1);
    expect($('form[action$=decision]')).toHaveLength(0);
  } finally {
    await system.parts.worker.start();
  }
  const $ = await until(async () => {
    const now = await page(approver, `/inbox/${task}`);
    return now('#proposed').length > 0 && now;
  }, 'the relay delivered the proposal');
  expect($('form[action$=decision]')).toHaveLength(1);
  expect($('.verdict')).toHaveLength(0);
});

test('the same form sent twice at once is one decision', async () => {
  const { task, reservation } = await aSubmittedReservation(system, { who: someone() });
  const request = await keyOf(approver, task);
  const twice = await Promise.all([1, 2, 3].map(() => decide(approver, task, { request, verdict: 'approved' })));
  expect(twice.map(({ status }) => status)).toEqual([303, 303, 303]);
  await decide(approver, task, { request, verdict: 'approved' }).expect(303);
  expect(await system.owner('decision').where({ reservation_id: reservation })).toHaveLength(1);
  expect(await auditOf(reservation)).toHaveLength(1);
});

test('of two approvers one decides, and the other is told kindly who did', async () => {
  const { task, reservation } = await aSubmittedReservation(system, { who: someone() });
  const [mine, theirs] = [await keyOf(approver, task), await keyOf(colleague, task)];
  await decide(approver, task, { request: mine, verdict: 'approved' }).expect(303);
  await until(async () => (await page(approver, `/inbox/${task}`))('.verdict').length > 0, 'it is decided');
  const late = await decide(colleague, task, { request: theirs, ...(await aRefusal(system.owner, '不行')) }).expect(
    409,
  );
  const $ = load(late.text);
  expect($('[role=alert]').text()).toMatch(/该审批已处理：赵敏 已于 \d\d\/\d\d \d\d:\d\d 同意/);
  expect($('.verdict').text()).toContain('赵敏');
  expect($('[aria-labelledby=unsent]').text()).toContain('不行');
  const back = { request: randomUUID(), return_reason: '缺车牌' };
  const returned = await colleague.post(`/inbox/${task}/return`).type('form').send(back).expect(409);
  expect(load(returned.text)('[aria-labelledby=unsent]').text()).toContain('缺车牌');
  expect(await system.owner('decision').where({ reservation_id: reservation })).toHaveLength(1);
});

test("somebody else's key is not taken for one's own", async () => {
  const first = await aSubmittedReservation(system, { who: someone() });
  const second = await aSubmittedReservation(system, { who: someone() });
  const request = await keyOf(approver, first.task);
  await decide(approver, first.task, { request, verdict: 'approved' }).expect(303);
  await decide(colleague, second.task, { request, verdict: 'approved' }).expect(409);
  await decide(approver, second.task, { request: 'not-a-uuid', verdict: 'approved' }).expect(400);
  await decide(approver, second.task, { request: randomUUID(), verdict: 'maybe' }).expect(400);
  expect((await reservationOf(second.task)).stage).toBe('approval');
});

test('another site cannot decide', async () => {
  const { task } = await aWaitingTask(system, { who: someone() });
  const request = await keyOf(approver, task);
  await decide(approver, task, { request, verdict: 'approved' }).set('Origin', 'https://evil.example').expect(403);
});

test('a decision taken while the worker is away is kept, shown as in progress, and done when it is back', async () => {
  const { task, reservation } = await aSubmittedReservation(system, { who: someone() });
  const request = await keyOf(approver, task);
  await system.parts.worker.stop();
  try {
    await decide(approver, task, { request, verdict: 'approved' }).expect(303);
    const $ = await page(approver, `/inbox/${task}`);
    expect($('.state--waiting').text()).toContain('您的意见已保存，正在办理');
    expect($('form[action$=decision]')).toHaveLength(0);
    expect((await page(colleague, '/inbox')).text()).toContain('已提交，办理中');
    await decide(colleague, task, { request: randomUUID(), ...(await aRefusal(system.owner, '不行')) }).expect(303);
    expect((await page(colleague, `/inbox/${task}`))('.state--waiting').text()).toMatch(/赵敏 已于 .* 提交意见/);
    expect(await system.owner('decision').where({ reservation_id: reservation })).toHaveLength(1);
  } finally {
    await system.parts.worker.start();
  }
  await until(async () => (await page(approver, `/inbox/${task}`))('.verdict').length > 0, 'the relay delivered it');
});

describe('unmasking', () => {
  const unmask = (agent: Agent, task: string, person: string, reason: string) =>
    agent.post(`/inbox/${task}/unmasking`).type('form').send({ person, unmask_reason: reason });

  test('needs the permission', async () => {
    const { task, submission } = await aWaitingTask(system, { who: someone() });
    const { id } = await system.owner('reservation_person').where({ submission_id: submission }).first();
    expect((await page(approver, `/inbox/${task}`))('.unmask')).toHaveLength(0);
    const refused = await unmask(approver, task, id, '核对身份').expect(403);
    expect(refused.text).not.toContain(somebody.document);
  });

  test('needs a reason, shows the number once and leaves who, what and why behind', async () => {
    const { task, submission, reservation } = await aWaitingTask(system, { who: someone() });
    const { id } = await system.owner('reservation_person').where({ submission_id: submission }).first();
    const without = load((await unmask(colleague, task, id, ' ').expect(422)).text);
    expect(without('.unmask .field__error').text()).toBe('请填写查看完整证件号的理由');
    expect(await system.owner('audit').where({ action: 'document_unmasked', subject_id: reservation })).toEqual([]);

    const reason = '核对身份证原件';
    const shown = await unmask(colleague, task, id, reason).expect(200);
    expect(shown.text).toContain(somebody.document);
    expect(shown.headers['cache-control']).toBe('no-store');
    expect((await page(colleague, `/inbox/${task}`)).text()).not.toContain(somebody.document);

    const [row] = await system.owner('audit').where({ action: 'document_unmasked', subject_id: reservation });
    expect(row.detail.person).toBe(id);
    expect(JSON.stringify(row)).not.toMatch(/核对身份证|110199/);
    const sealed = Buffer.from(row.detail.reason.sealed, 'base64');
    expect(system.cipher.open({ table: 'audit', column: 'detail', row: row.detail.reason.row }, sealed)).toBe(reason);
  });

  test('opens nobody who is not part of this submission', async () => {
    const [one, other] = [
      await aWaitingTask(system, { who: someone() }),
      await aWaitingTask(system, { who: someone() }),
    ];
    const person = await system.owner('reservation_person').where({ submission_id: other.submission }).first();
    await unmask(colleague, one.task, person.id, '核对').expect(404);
  });
});

test('the application can add to the audit and change nothing in it', async () => {
  await expect(system.db('audit').update({ action: 'nothing' })).rejects.toThrow(/permission denied/);
  await expect(system.db('audit').delete()).rejects.toThrow(/permission denied/);
  await expect(system.db.raw('truncate audit')).rejects.toThrow(/permission denied/);
  await expect(system.db('decision').update({ verdict: 'approved' })).rejects.toThrow(/permission denied/);
});

async function reservationOf(task: string) {
  return system
    .owner('reservation as r')
    .join('task as t', 't.reservation_id', 'r.id')
    .where('t.id', task)
    .first('r.*');
}

async function auditOf(reservation: string) {
  return system.owner('audit').where({ subject_id: reservation }).whereIn('action', ['task_approved', 'task_rejected']);
}
