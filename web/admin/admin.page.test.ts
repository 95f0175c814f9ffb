import { randomUUID } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { load } from 'cheerio';
import type { Knex } from 'knex';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../bin/embedded/ports.ts';
import { type AuditAction, record } from '../../store/audit/audit.ts';
import { keepFingerprints } from '../../store/keys/key-fit.ts';
import { type Figure, type FigureGroupName, figureGroups } from '../../store/office/figures.ts';
import { type FindingKind, recordFinding, recordRestore } from '../../store/office/restore.ts';
import { passesOfReservation } from '../../store/passes/pass.ts';
import { markShown } from '../../store/passes/pass-in-hand.ts';
import { aCancellation } from '../../testing/asked-visits.ts';
import { scannerAt } from '../../testing/gates.ts';
import { answers, askedBy, samplesIn } from '../../testing/metric-names.ts';
import { aSubmittedReservation, aWaitingTask, somebody } from '../../testing/reservations.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { type System, staffLogins, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import { watchedExpressions } from '../../testing/watched.ts';

type Agent = Awaited<ReturnType<typeof staffBrowser>>;

let system: System;
/** Where the engine's SDK tells of itself. */
let enginePorts: { worker: number; gate: number };
let admin: Agent;
let approver: Agent;
beforeAll(async () => {
  // Apart, so that the log files of every process can be read.
  enginePorts = { worker: await freePort(), gate: await freePort() };
  const onPort = (port: number) => ({ OPS_ENGINE_PORT: String(port) });
  system = await startSystem({
    run: 'apart',
    logLevel: 'debug',
    envOf: { worker: onPort(enginePorts.worker), 'gate-south': onPort(enginePorts.gate) },
  });
  [admin, approver] = await Promise.all([staffBrowser(system.web, 'admin'), staffBrowser(system.web, 'approver')]);
}, 180_000);
afterAll(() => system?.stop());

let phones = 20_000;
const someone = (name = somebody.name) => ({ ...somebody, name, phone: `130000${++phones}` });
const page = async (path: string, agent: Agent = admin) => load((await agent.get(path).expect(200)).text);
const search = (term: string, after?: string) =>
  admin.post('/admin/reservations/searches').type('form').send({ term, after });
const alarms = ($: ReturnType<typeof load>) => Number($('.count--alarm').text().replace(/\D/g, ''));
/** How many faults the page lists. */
const listed = ($: ReturnType<typeof load>) =>
  $('[aria-labelledby=requests] .item, [aria-labelledby=messages] .item, [aria-labelledby=gates] .badge--bad').length;
const links = ($: ReturnType<typeof load>) =>
  $('tbody a')
    .map((_, link) => $(link).attr('href')?.split('/').at(-1))
    .get();

test('an approver gets 404 for the pages, a stranger gets the login', async () => {
  for (const path of ['/admin', '/admin/reservations', '/admin/faults']) {
    await approver.get(path).expect(404);
    const turned = await supertest(system.web).get(path).expect(303);
    expect(turned.headers.location).toMatch(/^\/staff\/login/);
  }
  await approver.post('/admin/reservations/searches').type('form').send({ term: '13000000001' }).expect(404);
});

test('an approver who follows the way to an admin page is told why it is closed, and signs in as somebody else there', async () => {
  const wanted = '/admin/reservations?stage=closed';
  for (const [lang, told, offer] of [
    ['en', /may not see this page.*You are signed in as 赵敏/s, 'Sign in as someone else'],
    ['zh-CN', /当前登录的账号无权查看该页面。.*您当前以“赵敏”的身份登录/s, '切换账号登录'],
  ] as const) {
    const agent = await staffBrowser(system.web, 'approver');
    await agent.post('/language').type('form').send({ lang }).expect(303);
    const closed = load((await agent.get(wanted).expect(404)).text);
    expect(closed('main').text()).toMatch(told);
    const form = closed('form[action="/staff/sign-out"]:has([name=return])');
    expect(form.find('button').text()).toBe(offer);
    const out = await agent
      .post('/staff/sign-out')
      .type('form')
      .send({ return: form.find('[name=return]').val() })
      .expect(303);
    const login = load((await agent.get(out.headers.location ?? '').expect(200)).text);
    const back = login('form.card input[name=return]').val();
    const done = await agent
      .post('/staff/login')
      .type('form')
      .send({ ...staffLogins.admin, return: back })
      .expect(303);
    expect(done.headers.location).toBe(wanted);
    await agent.get(wanted).expect(200);
  }
  const out = await (await staffBrowser(system.web, 'approver'))
    .post('/staff/sign-out')
    .type('form')
    .send({ return: '//elsewhere.example' });
  expect(out.headers.location).toBe('/staff/login?signed-out');
  // Neither a reader of pieces nor a form is led anywhere.
  const piece = await approver.get('/admin/faults').set('HX-Request', 'true').expect(404);
  expect(piece.text).not.toContain('<html');
  const posted = await approver.post('/admin/reservations/searches').type('form').send({ term: '1' }).expect(404);
  expect(load(posted.text)('form[action="/staff/sign-out"] [name=return]')).toHaveLength(0);
});

describe('searching', () => {
  test('finds by phone, by document and by id; what was searched for is in no address and no log', async () => {
    const who = { ...someone('褚寻人'), document: '610199196512319030' };
    const { reservation } = await aWaitingTask(system, { who });
    const other = await aWaitingTask(system, { who: someone('卫他人') });
    for (const term of [who.phone, ` +86 ${who.phone.slice(0, 3)}-${who.phone.slice(3)} `, who.document]) {
      const found = await search(term).expect(200);
      const $ = load(found.text);
      expect(links($)).toEqual([reservation]);
      expect($('tbody').text()).toContain('褚*人');
      expect(found.text).not.toContain('褚寻人');
      expect(found.headers.location).toBeUndefined();
      // Every address on the page, also those of the language switch and of the next page.
      const addresses = $('[href], [action], input[name=return]')
        .map((_, node) => [$(node).attr('href'), $(node).attr('action'), $(node).attr('value')])
        .get();
      expect(addresses.join(' ')).not.toMatch(new RegExp(`${who.phone}|${who.document}`));
    }
    const byId = await search(other.reservation.toUpperCase()).expect(303);
    expect(byId.headers.location).toBe(`/admin/reservations/${other.reservation}`);
    expect(load((await search('13999999999').expect(200)).text)('.state--empty')).toHaveLength(1);
    await search('').expect(303);

    const logs = system.logs.map((file) => readFileSync(file, 'utf8')).join('');
    expect(logs).toContain('/admin/reservations/searches');
    expect(logs).not.toMatch(new RegExp(`${who.phone}|${who.document}|褚`));
    const audit = await system.owner('audit').where({ action: 'reservations_searched' });
    expect(audit.length).toBeGreaterThanOrEqual(3);
    expect(JSON.stringify(audit)).not.toMatch(new RegExp(`${who.phone}|${who.document}`));
  });

  test('filters by stage, department and day, and pages without losing or repeating one', async () => {
    const from = new Date('2027-03-05T15:30:00+08:00');
    const until = new Date('2027-03-05T16:30:00+08:00');
    const ids: string[] = [];
    for (let n = 0; n < 53; n += 1) {
      ids.unshift(
        (await aWaitingTask(system, { who: someone(), department: '机械工程学院', from, until })).reservation,
      );
    }
    await aWaitingTask(system, { who: someone(), department: '后勤管理处', from, until });
    const department = await system.owner('department').where({ name_zh: '机械工程学院' }).first();
    const query = `stage=approval&department=${department.id}&day=2027-03-05`;
    const first = await page(`/admin/reservations?${query}`);
    const next = first('.actions a').last().attr('href') ?? '';
    const second = await page(next);
    expect([...links(first), ...links(second)]).toEqual(ids);
    expect(second('#field-day').val()).toBe('2027-03-05');
    expect(links(await page(`/admin/reservations?${query.replace('03-05', '03-06')}`))).toEqual([]);
    expect(links(await page('/admin/reservations?stage=closed'))).toEqual([]);
    expect(links(await page('/admin/reservations?stage=nonsense&department=1&day=2027-02-30&after=x'))).toHaveLength(
      50,
    );
  });
});

test('one reservation, all that is known of it: from the submission to the entry at a gate', async () => {
  const submitted = await aSubmittedReservation(system, {
    who: someone('蒋全程'),
    from: new Date(Date.now() + 1_000),
  });
  const path = `/admin/reservations/${submitted.reservation}`;
  const waiting = await page(path);
  expect(waiting('main').text()).toMatch(/等待部门审批。.*本阶段最迟到/s);
  expect(waiting('main').text()).toContain('尚未生成通行凭证');

  const task = await page(`/inbox/${submitted.task}`, approver);
  const request = task('input[name=request]').val();
  await approver
    .post(`/inbox/${submitted.task}/decision`)
    .type('form')
    .send({ request, verdict: 'approved' })
    .expect(303);
  const region = ($: ReturnType<typeof load>, id: string) =>
    $(`section[aria-labelledby=${id}]`).text().replace(/\s+/g, ' ');
  const $ = await until(async () => {
    const now = await page(path);
    return (
      (region(now, 'gates').match(/已生效/g) ?? []).length === 2 &&
      /已发出|仅在页面/.test(region(now, 'messages')) &&
      now
    );
  }, 'both gates have acknowledged and the message is out');
  expect(region($, 'gates')).toMatch(/南门 已生效.*东门 已生效/);
  expect(region($, 'messages')).toMatch(/来访预约操作成功通知/);
  expect(region($, 'requests')).toMatch(/提交预约 已完成.*审批 已完成/);
  expect(region($, 'tasks')).toMatch(/信息科学与工程学院 已同意 赵敏/);
  expect(region($, 'timeline')).toMatch(/预约已提交 访客.*审批已通过 赵敏.*通行凭证已生成 系统/);
  expect(region($, 'audit')).toMatch(/查看预约详情 陈静.*提交意见：同意 赵敏/);
  expect($('main').text()).not.toContain(somebody.document);

  await system.owner('gate_event').insert({
    id: '018f0000-0000-7000-8000-000000000001',
    reservation_id: submitted.reservation,
    ordinal: 0,
    gate_id: 'south',
    direction: 'in',
    method: 'qr',
    occurred_at: new Date(),
  });
  expect(region(await page(path), 'gates')).toMatch(/从南门入校 二维码/);
  expect((await page(`/inbox/${submitted.task}`, approver))('.verdict').text()).toMatch(/从南门入校/);
});

test('every look is recorded, and a full document number needs a reason', async () => {
  const { reservation, submission } = await aWaitingTask(system, { who: someone() });
  const path = `/admin/reservations/${reservation}`;
  const person = await system.owner('reservation_person').where({ submission_id: submission }).first();
  const unmask = (reason: string) =>
    admin.post(`${path}/unmasking`).type('form').send({ person: person.id, unmask_reason: reason });
  expect((await page(path)).text()).not.toContain(somebody.document);
  await unmask('').expect(422);
  const shown = load((await unmask('公安机关核查').expect(200)).text);
  expect(shown('[role=status]').text()).toBe(somebody.document);
  expect(shown('section[aria-labelledby=audit] q').text()).toBe('公安机关核查');
  const actions = await system.owner('audit').where({ subject_id: reservation }).orderBy('id').pluck('action');
  expect(actions).toEqual(['reservation_viewed', 'document_unmasked']);
  expect(JSON.stringify(await system.owner('audit'))).not.toMatch(/公安机关|110199/);
  await admin.get('/admin/reservations/not-a-uuid').expect(404);
  await admin.get(`/admin/reservations/${person.id}`).expect(404);
});

describe('the audit of a reservation that was looked at very often', () => {
  const records = (visitor: string, id: string, action: AuditAction, times: number, from: number) =>
    system.owner('audit').insert(
      Array.from({ length: times }, (_, n) => ({
        actor_kind: 'visitor',
        actor_id: visitor,
        action,
        at: new Date(from + n * 1_000),

        subject_kind: 'reservation',
        subject_id: id,
      })),
    );
  const lines = ($: ReturnType<typeof load>) =>
    $('.audit li')
      .map((_, line) => $(line).text().replace(/\s+/g, ' ').trim())
      .get();

  test('folds the showings of a pass, and keeps what they would push out', async () => {
    const { reservation, visitor } = await aWaitingTask(system, { who: someone() });
    const from = new Date('2026-11-20T10:00:00+08:00').getTime();
    await records(visitor, reservation, 'reservation_submitted', 1, from);
    await records(visitor, reservation, 'pass_shown', 120, from + 60_000);
    const [looked, shown, submitted, ...more] = lines(await page(`/admin/reservations/${reservation}`));
    expect([looked, shown, submitted]).toEqual([
      expect.stringContaining('查看预约详情'),
      expect.stringMatching(/10:02:59 出示通行凭证 访客 共 120 次，首次 .*10:01:00/),
      expect.stringContaining('提交预约'),
    ]);
    expect(more).toEqual([]);
  });

  test('says how many older records there are and leads to every one of them', async () => {
    const { reservation, visitor } = await aWaitingTask(system, { who: someone() });
    const path = `/admin/reservations/${reservation}`;
    await records(visitor, reservation, 'approver_nudged', 120, Date.now() - 3600_000);
    const first = await page(path);
    const older = first('a[href^="?before="]');
    expect(older.text()).toBe('更早的记录（71）');
    const second = await page(path + older.attr('href'));
    // That look itself is the newest record.
    expect(second('a[href^="?before="]').text()).toBe('更早的记录（21）');
    const third = await page(path + second('a[href^="?before="]').attr('href'));
    const nudges = [first, second, third].flatMap(lines).filter((line) => !line.includes('查看预约详情'));
    expect(new Set(nudges).size).toBe(120);
    expect(third('a[href^="?before="]')).toHaveLength(0);
    expect(lines(await page(path + third('a[href="?#audit"]').attr('href')))[0]).toContain('查看预约详情');
    await page(`${path}?before=x&before=1`);
  });
});

test('faults are shown: a gate that is silent, a request that waits', async () => {
  expect((await page('/admin/faults'))('main').text()).toMatch(/没有积压的请求。/);
  const { reservation, visitor } = await aWaitingTask(system, { who: someone() });
  const old = new Date(Date.now() - 60_000);
  await system.owner('request').insert({
    id: '018f0000-0000-7000-8000-000000000002',
    reservation_id: reservation,
    kind: 'cancel',
    actor_kind: 'visitor',
    actor_id: visitor,
    payload: '{}',
    attempts: 3,
    fault: 'deadline',
    created_at: old,
    next_attempt_at: new Date(Date.now() + 3600_000),
  });
  await system
    .owner('gate_acknowledgement')
    .insert({ gate_id: 'east', degraded_since: old, fault: 'unanswered' })
    .onConflict('gate_id')
    .merge();
  const $ = await page('/admin/faults');
  expect($('section[aria-labelledby=gates]').text()).toMatch(/东门\s+校门异常\s+自 .* 起没有回应/);
  expect($('section[aria-labelledby=requests]').text()).toMatch(/取消预约\s+.*已尝试 3 次.*\s+deadline/);
  expect(alarms($)).toBe(2);
});

test('a gate that cannot write is a fault for as long as its disk takes nothing', async () => {
  const { url, deviceToken } = system.gates.south;
  const before = alarms(await page('/admin/faults'));
  const gates = async () => (await page('/admin/faults'))('[aria-labelledby=gates]').text().replace(/\s+/g, ' ');
  expect(await gates()).toMatch(/南门 正常/);
  const ledger = new DatabaseSync(join(system.folder, 'gate-south.db'));
  ledger.exec(`create trigger full before insert on scan begin select raise(abort, 'disk full'); end`);
  await scannerAt(() => url, deviceToken)({ kind: 'code', value: 'NOT-APASS' });
  const warned = /南门 磁盘已满 自 \S+ \S+ 起无法写入磁盘：1 条核验结果只在内存中，已丢失 0 条进出记录/;
  await until(async () => warned.test(await gates()), 'the office is warned');
  expect(alarms(await page('/admin/faults'))).toBe(before + 1);
  ledger.exec('drop trigger full');
  ledger.close();
  await until(async () => /南门 正常/.test(await gates()), 'the warning goes away');
  expect(alarms(await page('/admin/faults'))).toBe(before);
});

test('a gate that tried what no gate does is named to admins', async () => {
  const before = alarms(await page('/admin/faults'));
  const gates = async () => (await page('/admin/faults'))('[aria-labelledby=gates]').text().replace(/\s+/g, ' ');
  const refused = (detail: object) =>
    record(system.db, {
      actor: { kind: 'gate', id: 'south' },
      action: 'gate_door_refused',
      subject: { kind: 'gate', id: 'south' },
      detail: { method: 'PollActivityTaskQueue', ...detail },
    });
  // A door with another key file takes no tokens of before: nobody's misdeed.
  await refused({ why: 'token' });
  expect(await gates()).toMatch(/南门 正常/);
  await refused({ why: 'queue' });
  await refused({ why: 'queue', more: 4 });
  expect(await gates()).toMatch(/南门 疑似被盗用 一天内 5 次尝试/);
  expect(alarms(await page('/admin/faults'))).toBe(before + 1);
});

test('what a restore brought back of replaced keys is a fault until it is replaced again', async () => {
  const section = ($: ReturnType<typeof load>) =>
    $('section[aria-labelledby=restored] .item')
      .map((_, one) => $(one).text().replace(/\s+/g, ' ').trim())
      .get();
  const before = alarms(await page('/admin/faults'));
  const restore = await recordRestore(system.owner, new Date());
  const found = (kind: FindingKind, subject: string, detail: object) =>
    recordFinding(system.db, { restore, kind, subject, detail });
  await found('key_brought_back', 'feed/3', { fingerprint: 'ab'.repeat(16), replaced_by: 'feed/4 (fingerprint cd)' });
  await found('gate_retired_again', 'west', { retired: '2026-11-23T01:00:00.000Z' });
  await found('row_ahead', 'a visit', {});
  const $ = await page('/admin/faults');
  expect(section($)).toEqual([
    expect.stringMatching(/^校门 west 已再次停用 .*停用时间 .*2026/),
    expect.stringMatching(/^密钥 feed\/3 重新启用 .*指纹 (ab){16} 当时替换它的密钥 feed\/4/),
  ]);
  expect(alarms($)).toBe(before + 2);
  // Another kind of key is no answer to it.
  await keepFingerprints(system.owner, 'renewal', { 9: 'ef'.repeat(16) });
  expect(section(await page('/admin/faults'))).toHaveLength(2);
  await keepFingerprints(system.owner, 'feed', { 9: 'ef'.repeat(16) });
  expect(section(await page('/admin/faults'))).toEqual([expect.stringMatching(/^校门 west/)]);
  await system.owner('restore_finding').delete();
  await system
    .owner('key_fingerprint')
    .where({ fingerprint: 'ef'.repeat(16) })
    .delete();
  expect(alarms(await page('/admin/faults'))).toBe(before);
});

describe('a message that every channel refused', () => {
  const messages = ($: ReturnType<typeof load>) => $('section[aria-labelledby=messages]').text().replace(/\s+/g, ' ');
  const sms = (mode: string) =>
    fetch(`${system.sandbox}/inspect/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ target: 'sms.send', mode }),
    });

  /** Approved while the SMS provider takes nothing. */
  async function untold(name: string) {
    await sms('refuse');
    const submitted = await aSubmittedReservation(system, { who: someone(name) });
    const task = await page(`/inbox/${submitted.task}`, approver);
    await approver
      .post(`/inbox/${submitted.task}/decision`)
      .type('form')
      .send({ request: task('input[name=request]').val(), verdict: 'approved' })
      .expect(303);
    const message = await until(
      () => system.owner('message').where({ reservation_id: submitted.reservation }).whereNotNull('closed_at').first(),
      'the provider has refused',
    );
    await sms('none');
    return { ...submitted, message: message.id as string };
  }

  test('is a fault with its attempts and its age until the visitor is reached', async () => {
    const { reservation, visitor } = await untold('沈未达');
    const $ = await page('/admin/faults');
    expect(messages($)).toMatch(/来访预约操作成功通知 自 .+ 未送达，已尝试 1 次 短信 · .+ · 被拒绝 [a-z_]+/);
    expect($(`section[aria-labelledby=messages] a[href="/admin/reservations/${reservation}"]`)).toHaveLength(1);
    expect(alarms($)).toBe(listed($));
    expect((await page(`/admin/reservations/${reservation}`))('main').text()).toMatch(/未能发出/);

    await aCancellation(system, { reservation, visitor });
    await until(
      async () => (await page('/admin/faults'))(`a[href="/admin/reservations/${reservation}"]`).length === 0,
      'the cancellation has reached the visitor',
    );
    const after = await page('/admin/faults');
    expect(alarms(after)).toBe(listed(after));
  });

  test('is none any more once the visitor saw the pass, or days after the visit', async () => {
    const shownFor = async ({ reservation }: { reservation: string }) =>
      (await page('/admin/faults'))(`a[href="/admin/reservations/${reservation}"]`).length;
    const [seen, past] = [await untold('韩已见'), await untold('杨已过')];
    expect([await shownFor(seen), await shownFor(past)]).toEqual([1, 1]);
    for (const pass of await passesOfReservation(system.db, seen.reservation)) await markShown(system.db, pass);
    const longAgo = new Date(Date.now() - 2 * 24 * 3600_000);
    await system.owner('message').where({ id: past.message }).update({ closed_at: longAgo });
    expect([await shownFor(seen), await shownFor(past)]).toEqual([0, 1]);
    await system
      .owner('reservation')
      .where({ id: past.reservation })
      .update({ visit_from: new Date(longAgo.getTime() - 1), visit_until: longAgo });
    expect(await shownFor(past)).toBe(0);
  });
});

describe('what operators watch', () => {
  /**
   * What the rows give once something is changed in them, and undone again.
   * @param first brings what the product goes on writing beside the test to a known state
   */
  async function figuresWith(
    of: FigureGroupName,
    change: (trx: Knex) => Promise<unknown>,
    first?: (trx: Knex) => Promise<unknown>,
  ) {
    const read = async (trx: Knex) => {
      const { rows } = await trx.raw(figureGroups[of].sql);
      return Object.fromEntries(
        rows.map((row: Figure) => [[row.name.slice(8), ...Object.values(row.labels)].join(' '), Number(row.value)]),
      ) as Record<string, number>;
    };
    const trx = await system.owner.transaction({ isolationLevel: 'repeatable read' });
    const looking = async () => {
      await first?.(trx);
      const before = await read(trx);
      await change(trx);
      return { before, after: await read(trx) };
    };
    const { before, after } = await looking().finally(() => trx.rollback());
    const changed = Object.entries(after).filter(([name, value]) => value !== before[name]);
    const gone = Object.keys(before).filter((name) => !(name in after));
    return {
      ...Object.fromEntries(changed.map(([name, value]) => [name, Math.round(value - (before[name] ?? 0))])),
      ...(gone.length > 0 && { gone }),
    } as Record<string, number> & { gone?: string[] };
  }
  const ago = (seconds: number) => new Date(Date.now() - seconds * 1000);
  const day = 24 * 3600;

  test('visits, tasks and answers that rows do not show yet', async () => {
    const { reservation, task, visitor } = await aWaitingTask(system, { who: someone() });
    const visit = { reservation_id: reservation, actor_kind: 'visitor', actor_id: visitor, payload: '{}' };
    const closed = await figuresWith('visits', (trx) =>
      trx('reservation')
        .where({ id: reservation })
        .update({ stage: 'closed', outcome: 'no_show', closed_at: ago(60) }),
    );
    expect(closed).toEqual({ 'visits approval': -1, 'visits_closed_last_day no_show': 1 });
    const longAgo = await figuresWith('visits', (trx) =>
      trx('reservation')
        .where({ id: reservation })
        .update({ stage: 'closed', outcome: 'no_show', closed_at: ago(2 * day) }),
    );
    expect(longAgo).toEqual({ 'visits approval': -1 });

    const unattended = await figuresWith('tasks', async (trx) => {
      const { campus_id } = await trx('department').whereNotNull('campus_id').first();
      const made = { campus_id, name_zh: '无人', name_en: 'Nobody', receives: true };
      const [{ id }] = await trx('department').insert(made).returning('id');
      await trx('task')
        .where({ status: 'open' })
        .update({ opened_at: ago(10) });
      await trx('task')
        .where({ id: task })
        .update({ department_id: id, opened_at: ago(5 * day) });
    });
    expect(unattended).toMatchObject({ tasks_unattended: 1 });
    expect(unattended).not.toHaveProperty('tasks_open');
    expect(unattended.tasks_oldest_seconds).toBeGreaterThan(4 * day);

    const answer = { ok: true, seq: 9, stage: 'approval' };
    const behind = await figuresWith('projection', (trx) =>
      trx('request').insert({
        ...visit,
        id: randomUUID(),
        kind: 'nudge',
        status: 'answered',
        answer: JSON.stringify(answer),
        answered_at: ago(50),
      }),
    );
    expect(behind).toEqual({ projection_behind_visits: 1, projection_oldest_seconds: expect.closeTo(50, -1) });
    const pending = await figuresWith('requests', (trx) =>
      trx('request').insert({ ...visit, id: randomUUID(), kind: 'cancel', created_at: ago(9 * day) }),
    );
    expect(pending.requests_pending).toBe(1);
    expect(pending.requests_oldest_seconds).toBeGreaterThan(8 * day);
  });

  test('messages by channel and result, and what waits', async () => {
    const messages = await figuresWith('messages', async (trx) => {
      const { id: message_id } = await trx('message').where({ status: 'failed' }).first();
      const attempt = { message_id, channel: 'wechat' };
      await trx('message_attempt').insert([
        attempt,
        { ...attempt, outcome: 'accepted', receipt: 'success' },
        { ...attempt, outcome: 'accepted', receipt: 'failed:user block' },
        // Of long ago.
        { ...attempt, outcome: 'refused', id: trx.raw(`uuidv7(interval '-2 hours')`) },
      ]);
      const { id: staff_id } = await trx('staff').first();
      await trx('staff_letter').insert({ staff_id, channel: 'mail', outcome: 'refused' });
      const waiting = { staff_id, kind: 'digest', status: 'pending' };
      await trx('staff_message').insert([
        { ...waiting, key: 'a', send_after: ago(day) },
        { ...waiting, key: 'b', send_after: ago(-day) },
      ]);
    });
    expect(messages).toEqual({
      'messages_last_hour visitor wechat unfinished': 1,
      'messages_last_hour visitor wechat accepted': 1,
      'messages_last_hour visitor wechat lost': 1,
      'messages_last_hour staff mail refused': 1,
      'messages_queued staff': 1,
      'messages_queued_oldest_seconds staff': expect.closeTo(day, -2),
    });
  });

  test('gates, the deletion of expired data and the seals of the audit', async () => {
    const newest = (trx: Knex) =>
      trx('gate_feed').where({ gate_id: 'south' }).max('position as position').first<{ position: number }>();
    const gates = await figuresWith(
      'gates',
      async (trx) => {
        await trx('gate').where({ id: 'south' }).increment('feed_position', 7);
        const { position } = await newest(trx);
        await trx('gate_feed')
          .where({ gate_id: 'south', position })
          .update({ created_at: ago(day) });
        await trx('gate_acknowledgement')
          .where({ gate_id: 'south' })
          .update({ applied_through: position - 2 });
        await trx('gate_contact')
          .where({ gate_id: 'south' })
          .update({
            pulled_through: position - 1,
            seen_at: ago(300),
            forwarded_through: ago(900),
            disk_failing_since: ago(9),
            disk_kept: 4,
            disk_lost: 2,
          });
        await trx('gate').where({ id: 'east' }).update({ retired_at: new Date() });
      },
      // The gate runs: it may be about to pull what the test before has written. Locked before the first look, or what
      // it writes just then would end the transaction.
      async (trx) => {
        await trx.raw('lock table gate_contact, gate_acknowledgement in share row exclusive mode');
        const { position } = await newest(trx);
        const [contact, acknowledgement] = await Promise.all([
          trx('gate_contact').where({ gate_id: 'south' }).update({ pulled_through: position, seen_at: new Date() }),
          trx('gate_acknowledgement').where({ gate_id: 'south' }).update({ applied_through: position }),
        ]);
        expect({ contact, acknowledgement }).toEqual({ contact: 1, acknowledgement: 1 });
      },
    );
    expect(gates.gone).toHaveLength(8);
    expect(gates.gone?.every((name) => name.endsWith(' east'))).toBe(true);
    expect(gates).toMatchObject({
      'gate_feed_behind south': 8,
      'gate_feed_oldest_seconds south': expect.closeTo(day, -2),
      'gate_applied_behind south': 9,
      'gate_seen_seconds south': expect.closeTo(300, -1),
      'gate_forwarded_seconds south': expect.closeTo(900, -1),
      'gate_disk_failing south': 1,
      'gate_entries_in_memory south': 4,
      'gate_entries_lost south': 2,
    });
    const upkeep = await figuresWith('upkeep', async (trx) => {
      const one = { actor_kind: 'system', subject_kind: 'list', subject_id: 'retention' };
      await trx('retention').update({ since: ago(9 * day) });
      await trx('audit').insert({ ...one, action: 'data_purged', at: ago(3 * day) });
    });
    expect(upkeep.retention_age_seconds).toBeGreaterThan(2.9 * day);
    expect(upkeep.retention_age_seconds).toBeLessThan(3.1 * day);
    expect(upkeep.audit_unsealed_seconds).toBeGreaterThan(2.9 * day);
  });

  test('a worker tells the faults that the page lists, by kind', async () => {
    const metrics = await (await fetch(`${system.ops.worker}/metrics`)).text();
    const faults = [...metrics.matchAll(/^xiaomen_faults\{kind="(\w+)"\} (\d+)$/gm)];
    const counts = Object.fromEntries(faults.map(([, kind, count]) => [kind, Number(count)]));
    expect(Object.keys(counts)).toHaveLength(12);
    expect(counts.requests).toBe(1);
    const all = Object.values<number>(counts).reduce((sum, count) => sum + count, 0);
    expect(all).toBe(alarms(await page('/admin/faults')));
    expect([...metrics.matchAll(/^xiaomen_figures_read\{of="\w+"\} 1$/gm)]).toHaveLength(8);
  });

  test('the alerts and the dashboard name nothing but what is there, with its labels', async () => {
    const engine = (port: number) => `http://127.0.0.1:${port}`;
    const pages = [system.ops.worker, system.ops.web, system.ops.south, engine(enginePorts.worker)];
    const metricsAt = async (url: string) => (await fetch(`${url}/metrics`)).text();
    const metrics = await Promise.all(pages.map(metricsAt));
    // Prometheus makes it of every scrape.
    const samples = samplesIn([...metrics, 'up{job="xiaomen"} 1'].join('\n'));
    // The SDK shows a counter of failures after the first failure; until then its name is read in the SDK itself.
    const [library] = globSync('node_modules/@temporalio/core-bridge/releases/*/index.node');
    const inLibrary = readFileSync(library as string);
    const failures = /^temporal_(.+_fail(?:ed|ure))_total$/;
    const missing = watchedExpressions().flatMap(({ of, expression }) =>
      askedBy(expression)
        .filter((asked) => !answers(samples, asked))
        .filter(({ name }) => !inLibrary.includes(failures.exec(name)?.[1] ?? 'no failure'))
        .map((asked) => ({ of, ...asked })),
    );
    expect(missing).toEqual([]);
    // A gate takes tasks too; `web` calls the engine without the SDK's core.
    expect(await metricsAt(engine(enginePorts.gate))).toMatch(/^temporal_worker_task_slots_available\{.*gate-south/m);
    for (const own of metrics.slice(0, 3)) {
      expect(own).toMatch(/^xiaomen_event_loop_utilization /m);
      expect(own).toMatch(/^xiaomen_part_well\{part="\w+"\} 1$/m);
    }
    for (const own of metrics.slice(0, 2)) expect(own).toMatch(/^xiaomen_database_connections\{/m);
  });
});
