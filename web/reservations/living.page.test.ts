import { randomUUID } from 'node:crypto';
import { load } from 'cheerio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { day, dayOf, hour, minute, toLocalInput } from '../../domain/time.ts';
import { aParty } from '../../testing/party.ts';
import { type Row, untilReservation } from '../../testing/reservations.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';
import { on } from '../../testing/window.ts';

type Form = Record<string, string | string[]>;

let system: System;
let approver: Awaited<ReturnType<typeof staffBrowser>>;
let stranger: VisitorBrowser;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
  approver = await staffBrowser(system.web, 'approver');
  stranger = await new VisitorBrowser(system).settle();
}, 120_000);
afterAll(() => system?.stop());

/** To the minute, so that a form gives it back as it was. */
const at = (fromNow: number) => new Date(Math.floor((Date.now() + fromNow) / minute) * minute);
const tomorrow = () => ({ from: at(day), until: at(day + 2 * hour) });
const running = () => ({ from: at(-minute), until: at(hour) });

async function aVisit(window = tomorrow(), { companions = 0, awaited = [] as string[] } = {}) {
  const lead = await new VisitorBrowser(system).settle();
  const along = [];
  for (let n = 0; n < companions; n += 1) along.push(await new VisitorBrowser(system).settle());
  const made = await aParty(
    system,
    [lead, ...along].map(({ phone }) => phone),
    { ...window, awaited },
  );
  return { ...made, ...window, lead, along, path: `/reservations/${made.reservation}` };
}

/** Approved, with its passes. */
async function anApproved(...of: Parameters<typeof aVisit>) {
  const visit = await aVisit(...of);
  await say(visit.task, 'decision', { verdict: 'approved' }).expect(303);
  await untilRow(visit.reservation, ({ stage }) => stage === 'visit');
  return visit;
}

const say = (task: string, what: 'decision' | 'return' | 'proposal', form: Form) =>
  approver
    .post(`/inbox/${task}/${what}`)
    .type('form')
    .send({ request: randomUUID(), ...form });
const row = (id: string) => system.owner('reservation').where({ id }).first();
const untilRow = (id: string, holds: (found: Row) => boolean) => untilReservation(system, id, holds);
const requests = (reservation: string, kind: string) =>
  system.owner('request').where({ reservation_id: reservation, kind });
const openTask = (reservation: string) =>
  until(() => system.owner('task').where({ reservation_id: reservation, status: 'open' }).first(), 'an open task');
const page = async (path: string) => load((await approver.get(path).expect(200)).text);
const sentence = async (visitor: VisitorBrowser, path: string) => (await visitor.page(path))('.next').text();
/** The form as the page offers it. */
async function formAt(visitor: VisitorBrowser, path: string, action: RegExp): Promise<Record<string, string>> {
  const $ = await visitor.page(path);
  const form = $('form').filter((_, one) => action.test($(one).attr('action') ?? ''));
  return Object.fromEntries(form.serializeArray().map(({ name, value }) => [name, value]));
}
const post = (visitor: VisitorBrowser, path: string, form: Form) => visitor.agent.post(path).type('form').send(form);

describe('returned', () => {
  test('needs to say what to correct: else 422 at the field, what was typed kept', async () => {
    const { task, reservation } = await aVisit();
    for (const [typed, problem] of [
      ['  ', '请填写退回原因'],
      ['长'.repeat(201), '退回原因过长，请删减'],
    ] as const) {
      const request = randomUUID();
      const $ = load(
        (await say(task, 'return', { request, return_reason: typed, mark_campus: 'on' }).expect(422)).text,
      );
      expect(
        $('form[action$=return] :checked')
          .get()
          .map((one) => one.attribs.name),
      ).toEqual(['mark_campus']);
      expect($('#field-return_reason-error').text()).toBe(problem);
      expect($('#field-return_reason').text()).toBe(typed.trim());
      expect($('form[action$=return] [name=request]').val()).toBe(request);
      expect($('form[action$=decision] [name=request]').val()).not.toBe(request);
    }
    expect(await requests(reservation, 'return')).toEqual([]);
  });

  test('is the visitor’s turn, with the reason and the way to correct it', async () => {
    const { task, reservation, lead, path } = await aVisit();
    const request = randomUUID();
    const marked = { mark_note: 'on', mark_window: 'on', mark_no_such_field: 'on' };
    await say(task, 'return', { request, return_reason: '请写明器材清单', ...marked }).expect(303);
    await say(task, 'return', { request, return_reason: '请写明器材清单', ...marked }).expect(303);
    await untilRow(reservation, ({ stage }) => stage === 'details');
    expect(await requests(reservation, 'return')).toHaveLength(1);
    const $ = await lead.page(path);
    expect($('.next').text()).toMatch(/^信息科学与工程学院退回了预约，请您在 .* 前修改并重新提交/);
    expect($('.quote').text()).toContain('请写明器材清单');
    expect($('#to-correct').text()).toBe('请更正：说明、访问时间');
    const kept = await system.owner('decision').where({ request_id: request }).first();
    expect(kept.marked_fields.toSorted()).toEqual(['note', 'window']);
    const [act] = await system.owner('audit').where({ subject_id: reservation, action: 'task_returned' });
    expect(act.detail.marked).toEqual(kept.marked_fields);
    const link = $(`a[href*="returned="]`).attr('href') ?? '';
    expect(link).toContain(`returned=${reservation}`);
    expect((await page(`/inbox/${task}`))('.verdict').text()).toMatch(
      /已退回.*请更正：说明、访问时间.*请写明器材清单/s,
    );
    // Corrected, it is the same reservation that waits, in its next round; sent twice, once.
    const form = await formAt(lead, link, /^\/reservations$/);
    expect(form.reservation).toBe(reservation);
    const offered = await lead.page(link);
    const marks = (from: typeof offered) =>
      from('.field__mark')
        .get()
        .map((one) => one.attribs.id);
    expect(marks(offered)).toEqual(['field-note-mark', 'field-window-mark']);
    expect(offered('#field-note').attr('aria-describedby')).toBe('field-note-mark');
    expect(offered('#field-note-mark').text()).toBe('审批人标出此项，请更正。');
    // What is refused for another reason shows them still.
    expect(marks(load((await post(lead, '/reservations', { ...form, host: '' }).expect(422)).text))).toEqual(
      marks(offered),
    );
    const { value: department = '' } = offered('[name=department] option[selected]').attr() ?? {};
    const corrected = { ...form, department, channel: 'personal', host: '王建国', note: '两箱器材' };
    // Another visitor's reservation cannot be corrected, also when the form names it.
    await post(stranger, '/reservations', { ...corrected, key: randomUUID() }).expect(409);
    // Nothing is left to decide; changes wait until it is submitted again.
    await say(task, 'decision', { verdict: 'approved' }).expect(409);
    await lead.page(`${path}/changes`, 409);
    const sent = await Promise.all([1, 2].map(() => post(lead, '/reservations', corrected).expect(303)));
    expect(sent.map(({ headers }) => headers.location)).toEqual([path, path]);
    await untilRow(reservation, ({ stage, round }) => stage === 'approval' && round === 1);
    const next = await page(`/inbox/${(await openTask(reservation)).id}`);
    expect(next('main').text()).toContain('两箱器材');
    // What was answered in the round before is shown as such.
    expect(next('[aria-labelledby=earlier]').text()).toMatch(
      /不再计入.*第 1 轮第 1 步：赵敏 退回修改.*请更正：说明、访问时间.*请写明器材清单/s,
    );
    await post(lead, '/reservations', { ...corrected, key: randomUUID() }).expect(409);
    expect((await lead.page('/reservations'))('.list li')).toHaveLength(1);
  });
});

test('a request that was returned and never corrected is not called the department’s delay', async () => {
  const { task, reservation, lead, path } = await aVisit();
  await say(task, 'return', { request: randomUUID(), return_reason: '请写明器材清单' }).expect(303);
  const returned = await untilRow(reservation, ({ stage }) => stage === 'details');
  // As its workflow writes it once the time is over (workflows/reservation/living.temporal.test.ts), days from now.
  await system.owner('timeline').insert({
    reservation_id: reservation,
    seq: Number(returned.seq) + 1,
    n: 0,
    kind: 'expired',

    actor_kind: 'system',
    actor_id: 'draft',
    at: new Date(),
  });
  await system.owner('reservation').where({ id: reservation }).update({ stage: 'closed', outcome: 'expired' });
  const $ = await lead.page(path);
  expect($('.next').text()).toContain('退回后未在期限内修改');
  expect($('main').text()).not.toContain('逾期未审批');
});

describe('another time', () => {
  test('must be one that may be asked for', async () => {
    const { task, from, until: end } = await aVisit();
    const past = { propose_from: toLocalInput(at(-day)), propose_until: toLocalInput(at(-day + hour)) };
    const early = load((await say(task, 'proposal', past).expect(422)).text);
    expect(early('#field-propose_from-error').text()).toContain('访问时间已过');
    const typed = { propose_from: '', propose_until: '2026-02-30T10:00', propose_note: '改天' };
    const $ = load((await say(task, 'proposal', typed).expect(422)).text);
    expect($('#field-propose_from-error').text()).toBe('请选择开始时间');
    expect($('#field-propose_until').val()).toBe('2026-02-30T10:00');
    expect($('#field-propose_until-error').text()).toBe('时间格式有误，请重新选择');
    expect($('[name=propose_note]').text()).toBe('改天');
    const same = { propose_from: toLocalInput(from), propose_until: toLocalInput(end) };
    expect(load((await say(task, 'proposal', same).expect(422)).text)('#field-propose_from-error').text()).toContain(
      '与申请的时间相同',
    );
  });

  async function proposed() {
    const visit = await aVisit();
    const [from, end] = [at(2 * day), at(2 * day + hour)];
    const window = { propose_from: toLocalInput(from), propose_until: toLocalInput(end) };
    await say(visit.task, 'proposal', { ...window, propose_note: '当天停电' }).expect(303);
    await untilRow(visit.reservation, ({ proposal_id }) => proposal_id !== null);
    return { ...visit, proposed: from };
  }

  test('is shown beside one’s own, and accepting it is the approval', async () => {
    const { lead, path, reservation, proposed: from, task } = await proposed();
    expect(await sentence(lead, path)).toMatch(/信息科学与工程学院建议改到 .*请您在 .* 前答复/);
    const $ = await lead.page(path);
    expect($('section[aria-labelledby=proposal-title]').text()).toMatch(/您申请的时间.*建议的时间.*当天停电/s);
    expect((await page(`/inbox/${task}`))('#proposed').text()).toContain('等待访客答复');
    const form = await formAt(lead, path, /proposal-answer$/);
    const accept = () => post(lead, `${path}/proposal-answer`, { ...form, answer: 'accept' });
    await Promise.all([accept().expect(303), accept().expect(303)]);
    const now = await untilRow(reservation, ({ stage }) => stage === 'visit');
    expect(now.visit_from).toEqual(from);
    expect(await requests(reservation, 'answer_proposal')).toHaveLength(1);
    expect(await system.owner('submission').where({ reservation_id: reservation })).toHaveLength(2);
  });

  test('can be refused, and the first time waits on; an answer to a proposal that is gone is told so', async () => {
    const { lead, path, reservation } = await proposed();
    const form = await formAt(lead, path, /proposal-answer$/);
    await post(lead, `${path}/proposal-answer`, { ...form, answer: 'perhaps' }).expect(400);
    await post(lead, `${path}/proposal-answer`, { ...form, answer: 'refuse' }).expect(303);
    await untilRow(reservation, ({ proposal_id, stage }) => proposal_id === null && stage === 'approval');
    const stale = { ...form, key: randomUUID(), answer: 'accept' };
    const late = await post(lead, `${path}/proposal-answer`, stale).expect(409);
    expect(load(late.text)('[role=alert]').text()).toContain('该时间建议已失效');
  });
});

describe('a change', () => {
  test('is 422, with everything typed kept, when it says nothing new or makes no sense', async () => {
    const { lead, path, reservation, from } = await anApproved();
    const form = await formAt(lead, `${path}/changes`, /changes$/);
    expect(`${form.from_day}T${form.from_time}`).toBe(toLocalInput(from));
    const refused = async (change: Form) =>
      load((await post(lead, `${path}/changes`, { ...form, ...change }).expect(422)).text);
    expect((await refused({}))('#field-until-error').text()).toContain('没有改动任何内容');
    const [early_day, early_time] = toLocalInput(at(hour)).split('T') as [string, string];
    const wrong = await refused({ plate: '不是车牌', until_day: early_day, until_time: early_time, remove: ['7'] });
    expect([wrong('[name=until_day]').val(), wrong('[name=until_time]').val()]).toEqual([early_day, early_time]);
    expect(wrong('#field-plate-error').text()).toContain('车牌号格式不正确');
    expect(wrong('#field-plate').val()).toBe('不是车牌');
    expect(wrong('#field-until-error').text()).toContain('结束时间应晚于开始时间');
    expect(wrong('#field-remove-error').text()).toContain('已不在本次预约中');
    expect((await refused({ from: '昨天 10:00' }))('#field-from-error').text()).toContain('时间格式有误');
    expect((await refused({ from: '昨天' }))('#field-from-error').text()).toContain('请选择开始时间');
    expect(await requests(reservation, 'change')).toEqual([]);
    expect(await system.owner('submission').where({ reservation_id: reservation })).toHaveLength(1);
  });

  test('is asked for with the days of its campus; the day that the visit has stays, also when it is closed or full by now', async () => {
    const { lead, path, reservation, from, until: end } = await anApproved(on(2));
    const own = dayOf(from);
    const [closed, full] = [dayOf(Date.now() + 40 * day), dayOf(Date.now() + 41 * day)];
    const { campus_id: campus } = await row(reservation);
    const closing = [own, closed].map((one) => ({
      campus_id: campus,
      day: one,
      reason_zh: '考试',
      reason_en: 'Exams',
    }));
    await system.owner('closed_day').insert(closing).onConflict().ignore();
    const ownSlot = () => system.owner('slot').where({ campus_id: campus, day: own });
    const { held } = await ownSlot().first('held');
    await system
      .owner('slot')
      .insert({ campus_id: campus, day: full, capacity: 2000, held: 2000 })
      .onConflict()
      .ignore();
    await ownSlot().update({ held: system.owner.ref('capacity') });
    try {
      for (const [kind, ends] of [
        ['changes', ['from', 'until']],
        ['extension', ['until']],
      ] as const) {
        const $ = await until(async () => {
          const page = await lead.page(`${path}/${kind}`);
          return page(`[name=until_day] option[value="${full}"]`).attr('disabled') !== undefined && page;
        }, 'the page shows it');
        expect($('input[type=datetime-local]')).toHaveLength(0);
        for (const one of ends) {
          const option = (value: string) => $(`[name=${one}_day] option[value="${value}"]`);
          expect(option(closed).attr('disabled')).toBeDefined();
          expect(option(closed).text()).toContain('（不开放：考试）');
          expect(option(full).text()).toContain('（已满）');
          expect(option(own).attr('disabled')).toBeUndefined();
          expect(option(own).text()).not.toContain('已满');
          expect(option(own).attr('selected')).toBeDefined();
        }
      }
      // A change to less than the standing visit is never refused for it.
      const form = await formAt(lead, `${path}/changes`, /changes$/);
      const shorter = new Date(end.getTime() - hour);
      await post(lead, `${path}/changes`, { ...form, until: toLocalInput(shorter) }).expect(303);
      await untilRow(reservation, (now) => Number(now.visit_until) === shorter.getTime());
    } finally {
      await system.owner('closed_day').where({ reason_zh: '考试' }).delete();
      await ownSlot().update({ held });
      await system.owner('slot').where({ day: full }).delete();
    }
  });

  test('waits beside the standing visit, both shown, and replaces it when it is approved', async () => {
    const { lead, path, reservation, from } = await anApproved();
    const later = at(day + 3 * hour);
    const form = {
      ...(await formAt(lead, `${path}/changes`, /changes$/)),
      until: toLocalInput(later),
      plate: '冀A12345',
    };
    await Promise.all([1, 2].map(() => post(lead, `${path}/changes`, form).expect(303)));
    const asked = await untilRow(reservation, ({ change_submission_id }) => change_submission_id !== null);
    expect(asked.stage).toBe('visit');
    expect(await requests(reservation, 'change')).toHaveLength(1);
    const $ = await lead.page(path);
    expect($('.next').text()).toMatch(/变更正在等待信息科学与工程学院审批.*原预约继续有效/);
    expect($('.differences').text()).toMatch(/访问时间.*车牌号.*无.*冀A12345/s);
    expect($('a[href^="/passes/"]')).toHaveLength(1);
    expect((await lead.page(`${path}/changes`, 409))('[role=alert]').text()).toContain('已有一项变更');

    const task = await openTask(reservation);
    const inbox = await page(`/inbox/${task.id}`);
    expect(inbox('section[aria-labelledby=differs]').text()).toMatch(/对已批准预约的变更.*冀A\*\*345/s);
    expect(inbox('form[action$=return], form[action$=proposal]')).toHaveLength(0);
    await say(task.id, 'decision', { verdict: 'approved' }).expect(303);
    const changed = await untilRow(reservation, ({ change_submission_id }) => change_submission_id === null);
    expect([changed.visit_from, changed.visit_until]).toEqual([from, later]);
    const people = await system.owner('reservation_person').where({ submission_id: changed.submission_id });
    expect(people.map(({ ordinal }) => ordinal)).toEqual([0]);
  });

  test('reads to its approver as it was decided, also when somebody leaves afterwards', async () => {
    const { lead, along, path, reservation } = await anApproved(tomorrow(), { companions: 1 });
    const form = await formAt(lead, `${path}/changes`, /changes$/);
    await post(lead, `${path}/changes`, { ...form, until: toLocalInput(at(day + 3 * hour)) }).expect(303);
    const task = await openTask(reservation);
    await say(task.id, 'decision', { verdict: 'approved' }).expect(303);
    await untilRow(reservation, ({ change_submission_id }) => change_submission_id === null);
    const [first] = along;
    if (!first) throw new Error('Nobody goes along');
    await post(first, `${path}/departure`, await formAt(first, path, /departure$/)).expect(303);
    await untilRow(reservation, ({ persons }) => persons === 1);
    const differs = (await page(`/inbox/${task.id}`))('section[aria-labelledby=differs]').text();
    expect(differs).toContain('访问时间');
    expect(differs).not.toContain('不再同行');
  });

  test('is taken back once; then there is none to take back', async () => {
    const { lead, path, reservation } = await anApproved();
    const form = await formAt(lead, `${path}/changes`, /changes$/);
    await post(lead, `${path}/changes`, { ...form, until: toLocalInput(at(day + 4 * hour)) }).expect(303);
    await untilRow(reservation, ({ change_submission_id }) => change_submission_id !== null);
    const withdrawal = await formAt(lead, path, /withdrawal$/);
    await post(lead, `${path}/changes/withdrawal`, withdrawal).expect(303);
    await untilRow(reservation, ({ change_submission_id }) => change_submission_id === null);
    await post(lead, `${path}/changes/withdrawal`, withdrawal).expect(303);
    const late = await post(lead, `${path}/changes/withdrawal`, { key: randomUUID() }).expect(409);
    expect(load(late.text)('[role=alert]').text()).toContain('没有等待审批的变更');
    expect(await sentence(lead, path)).toMatch(/^可以来访/);
  });

  test('replaces the request that waits before the decision', async () => {
    const { lead, path, reservation, task } = await aVisit();
    const form = await formAt(lead, `${path}/changes`, /changes$/);
    await post(lead, `${path}/changes`, { ...form, plate: '冀A54321' }).expect(303);
    const next = await openTask(reservation);
    expect(next.id).not.toBe(task);
    const inbox = await page(`/inbox/${next.id}`);
    expect(inbox('section[aria-labelledby=differs]').text()).toContain('访客在审批前修改了申请');
    expect(inbox('form[action$=return]')).toHaveLength(1);
  });

  test('is kept and shown as on its way while the worker is away', async () => {
    const { lead, path, reservation } = await anApproved();
    const form = await formAt(lead, `${path}/changes`, /changes$/);
    await system.parts.worker.stop();
    try {
      await post(lead, `${path}/changes`, { ...form, until: toLocalInput(at(day + 3 * hour)) }).expect(303);
      expect(await sentence(lead, path)).toContain('已收到，正在办理');
      const other = { ...form, key: randomUUID(), until: toLocalInput(at(day + 5 * hour)) };
      await post(lead, `${path}/changes`, other).expect(303);
      expect(await requests(reservation, 'change')).toHaveLength(1);
    } finally {
      await system.parts.worker.start();
    }
    await until(async () => (await sentence(lead, path)).includes('原预约继续有效'), 'the relay delivered it');
  });

  test('to stay longer asks only for a later end', async () => {
    const { lead, path, reservation, until: end } = await anApproved(running());
    expect((await lead.page(path))(`a[href="${path}/extension"]`)).toHaveLength(1);
    const form = await formAt(lead, `${path}/extension`, /changes$/);
    expect(Object.keys(form).toSorted()).toEqual([
      'form_owner',
      'form_path',
      'form_release',
      'key',
      'kind',
      'until_day',
      'until_time',
    ]);
    const earlier = await post(lead, `${path}/changes`, { ...form, until: toLocalInput(at(10 * minute)) }).expect(422);
    expect(load(earlier.text)('#field-until-error').text()).toContain('晚于现在结束时间');
    const late = toLocalInput(end.getTime() + hour);
    await post(lead, `${path}/changes`, { ...form, until: late }).expect(303);
    await untilRow(reservation, ({ change_submission_id }) => change_submission_id !== null);
    await say((await openTask(reservation)).id, 'decision', { verdict: 'approved' }).expect(303);
    await untilRow(reservation, (now) => toLocalInput(now.visit_until as Date) === late);
  });

  test('to stay longer is not offered, and refused at its field, where the campus does not grant it', async () => {
    const { lead, path, reservation, until: end } = await anApproved(running());
    const form = await formAt(lead, `${path}/extension`, /changes$/);
    const { campus_id: id } = await row(reservation);
    await system.owner('campus').where({ id }).update({ extensions: false });
    try {
      // The web's own process keeps content for some seconds.
      await until(async () => (await lead.page(path))(`a[href="${path}/extension"]`).length === 0, 'it is not offered');
      expect((await lead.page(`${path}/extension`, 409))('[role=alert]').text()).toContain('不接受延长');
      const late = toLocalInput(end.getTime() + hour);
      for (const kind of ['extension', 'change']) {
        const whole = kind === 'change' ? await formAt(lead, `${path}/changes`, /changes$/) : form;
        const refused = await post(lead, `${path}/changes`, { ...whole, until: late }).expect(422);
        expect(load(refused.text)('#field-until-error').text(), kind).toContain('不接受延长');
      }
      expect(await requests(reservation, 'change')).toEqual([]);
    } finally {
      await system.owner('campus').where({ id }).update({ extensions: true });
      await until(async () => (await lead.page(path))(`a[href="${path}/extension"]`).length > 0, 'it is offered again');
    }
  });
});

test('reminding shows in the inbox, and says when the next is possible', async () => {
  const { lead, path, reservation, task } = await aVisit();
  const form = await formAt(lead, path, /nudges$/);
  await Promise.all([1, 2].map(() => post(lead, `${path}/nudges`, form).expect(303)));
  await untilRow(reservation, ({ nudges }) => nudges === 1);
  const $ = await lead.page(path);
  expect($('#nudged').text()).toMatch(/^已提醒审批人；.* 后可以再次催办/);
  expect($('form[action$=nudges]')).toHaveLength(0);
  const soon = await post(lead, `${path}/nudges`, { key: randomUUID() }).expect(409);
  expect(load(soon.text)('[role=alert]').text()).toContain('已提醒过审批人');
  expect((await page(`/inbox/${task}`))('#nudged').text()).toMatch(/访客已催办 1 次 · 最近 /);
  const list = await page('/inbox');
  expect(list(`a[href="/inbox/${task}"]`).text()).toMatch(/已催办 1 次/);
});

test('the visitor reads how often was reminded and which office may decide by now, and no name', async () => {
  const { lead, path, reservation } = await aVisit();
  const rung = (to: number, ...kinds: string[]) =>
    system.owner.transaction(async (trx) => {
      await trx('task').where({ reservation_id: reservation }).update({ rung: to });
      for (const [n, kind] of kinds.entries())
        await trx('timeline').insert({
          reservation_id: reservation,
          seq: 100 + to,
          n,
          kind,
          actor_kind: 'system',
          actor_id: 'ladder',
          reference: null,
          at: new Date(),
        });
    });
  const read = async (language: string) => {
    const $ = await lead.page(`${path}?lang=${language}`);
    return { next: $('.next').text(), lines: $('.timeline li').text() };
  };
  await rung(2, 'reminded', 'reminded_again');
  expect((await read('zh-CN')).next).toMatch(/^正在等待.+审批，已提醒 2 次，最迟 [\d-]+ [\d:]+ 有结果。$/);
  expect((await read('en')).next).toMatch(/^Waiting for .+ \(reminders so far: 2\); there will be a result by /);
  await rung(3, 'head_may_act');
  expect((await read('zh-CN')).next).toContain('已提醒 2 次，现部门负责人也可审批');
  await rung(4, 'security_may_act');
  const last = await read('zh-CN');
  expect(last.next).toContain('已提醒 2 次，现保卫处也可审批');
  expect(last.lines).toMatch(/已提醒审批部门.*已再次提醒审批部门，并抄送副职.*副职和负责人现可审批.*保卫处现可审批/s);
  for (const { name } of await system.owner('staff').select('name')) expect(last.next + last.lines).not.toContain(name);
});

describe('somebody who goes along', () => {
  test('sees the visit, their own name and pass; nothing of the others', async () => {
    const { lead, along, path } = await anApproved(tomorrow(), { companions: 2, awaited: ['吴未到'] });
    expect(await sentence(lead, path)).toMatch(/可以来访，但吴未到（尚未加入）还没有通行凭证/);
    const [first] = along;
    if (!first) throw new Error('Nobody goes along');
    expect((await first.page('/reservations'))('.list li').text()).toContain('同行');
    const $ = await first.page(path);
    expect($('main').text()).toContain('钱伴一');
    expect($('main').text()).not.toMatch(/欧阳小满|孙伴二|吴未到|E0000000|139\d{8}/);
    await until(async () => (await first.page(path))('a[href^="/passes/"]').length > 0, 'their pass');
    for (const act of ['cancellation', 'changes', 'changes/withdrawal', 'proposal-answer', 'nudges']) {
      await post(first, `${path}/${act}`, {}).expect(404);
    }
    await first.page(`${path}/changes`, 404);
  });

  test('leaves it; the others stay', async () => {
    const { lead, along, path, reservation } = await anApproved(tomorrow(), { companions: 2 });
    const [first, second] = along;
    if (!first || !second) throw new Error('Nobody goes along');
    const form = await formAt(first, path, /departure$/);
    const gone = await post(first, `${path}/departure`, form).expect(303);
    expect(gone.headers.location).toBe('/reservations');
    await post(first, `${path}/departure`, form).expect(303);
    await first.page(path, 404);
    await post(first, `${path}/departure`, { key: randomUUID() }).expect(404);
    expect(await requests(reservation, 'remove_person')).toHaveLength(1);
    expect((await lead.page(path))('main').text()).toMatch(/孙伴二/);
    expect((await lead.page(path))('main').text()).not.toMatch(/钱伴一/);
    await second.page(path);
    await post(lead, `${path}/departure`, {}).expect(404);
  });

  test('is taken out by the lead at once, nobody asked', async () => {
    const { lead, along, path, reservation } = await anApproved(tomorrow(), { companions: 1 });
    const form = await formAt(lead, `${path}/changes`, /changes$/);
    await post(lead, `${path}/changes`, { ...form, remove: ['1'] }).expect(303);
    await untilRow(reservation, ({ persons }) => persons === 1);
    expect((await row(reservation)).change_submission_id).toBeNull();
    await along[0]?.page(path, 404);
  });
});

test('once approved it says by which gate to come in, until when that is open, to everybody who comes', async () => {
  const waiting = await aVisit();
  expect((await waiting.lead.page(waiting.path))('#way-in')).toHaveLength(0);
  const { lead, along, path } = await anApproved(tomorrow(), { companions: 1 });
  const [other] = along;
  if (!other) throw new Error('Nobody goes along');
  const { nearest_gate } = await system.db('department').where({ name_zh: '信息科学与工程学院' }).first('nearest_gate');
  const gate = await system.db('gate').where({ id: nearest_gate }).first('name_zh', 'opens_at', 'closes_at');
  const expected = `建议从${gate.name_zh}进校（${gate.opens_at.slice(0, 5)}–${gate.closes_at.slice(0, 5)} 开放）。`;
  for (const one of [lead, other]) expect((await one.page(path))('#way-in').text()).toBe(expected);
  const english = await lead.agent.get(`${path}?lang=en`).expect(200);
  expect(load(english.text)('#way-in').text()).toMatch(/^Nearest gate: /);
});

test('a visit that is over offers another visit and takes no request any more', async () => {
  const { lead, path, reservation } = await anApproved();
  await post(lead, `${path}/cancellation`, await formAt(lead, path, /cancellation$/)).expect(303);
  await untilRow(reservation, ({ outcome }) => outcome === 'cancelled');
  const $ = await lead.page(path);
  expect($('.next').text()).toMatch(/^预约已取消/);
  expect($(`a[href$="copy=${reservation}"]`).text()).toBe('再次预约');
  expect($('form[method=post][action^="/reservations"]')).toHaveLength(0);
  await lead.page(`${path}/changes`, 409);
  await post(lead, `${path}/changes`, { kind: 'change' }).expect(409);
  await post(lead, `${path}/nudges`, {}).expect(409);
  await post(lead, `${path}/changes/withdrawal`, {}).expect(409);
});

test('somebody else’s reservation is not found, by any request', async () => {
  const { path, reservation } = await aVisit();
  for (const form of ['', '/changes', '/extension', '/progress']) await stranger.page(path + form, 404);
  const acts = ['cancellation', 'changes', 'changes/withdrawal', 'proposal-answer', 'nudges', 'departure'];
  for (const act of acts) await post(stranger, `${path}/${act}`, { key: randomUUID() }).expect(404);
  for (const act of acts) await post(stranger, `/reservations/nonsense/${act}`, {}).expect(404);
  const asked = await system
    .owner('request')
    .where({ reservation_id: reservation })
    .orderBy('created_at')
    .pluck('kind');
  expect(asked).toEqual(['start', 'ready', 'submit']);
});

test('every page of it is complete in English', async () => {
  const { lead, path } = await anApproved();
  for (const one of [path, `${path}/changes`, `${path}/extension`]) {
    const $ = await lead.page(`${one}?lang=en`);
    expect($('html').attr('lang')).toBe('en');
    expect($('main').find('h1, h2, summary, button, .next').text()).not.toMatch(/[一-鿿]/);
  }
});
