import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { load } from 'cheerio';
import { type Document, OpenAPIClientAxios } from 'openapi-client-axios';
import supertest from 'supertest';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { apiScopes } from '../../domain/api-scope.ts';
import { findInvited, useInvitation } from '../../store/api/invitation.ts';
import { exportOwn } from '../../store/own-data/own-export.ts';
import { looksAt } from '../../store/own-data/own-looks.ts';
import { openDraft } from '../../store/reservations/reservation.ts';
import { type ApiClient, anApiKey, apiClient } from '../../testing/api-client.ts';
import { aVisitor, aWaitingTask, somebody, untilReservation } from '../../testing/reservations.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';

/** Other systems of the university ask by keys. Whatever the server answers is held against its own document. */

let system: System;
let api: ApiClient;
/** With every scope, for the whole university. */
let key: string;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
  api = await apiClient(system.web);
  key = await anApiKey(system, { scopes: apiScopes });
});
afterAll(() => system?.stop());
beforeEach(() => system.owner('attempt').delete());

const departmentOf = async (name: string): Promise<string> =>
  (await system.owner('department').where({ name_zh: name }).first('id')).id;
const rowOf = (made: string) =>
  system
    .owner('api_key')
    .where({ key_hash: createHash('sha256').update(made).digest() })
    .first();
const reads = async (made: string) =>
  system
    .owner('audit')
    .where({ actor_kind: 'key', actor_id: (await rowOf(made)).id })
    .orderBy('id')
    .select('action', 'subject_kind', 'subject_id', 'detail');
const operations = () =>
  Object.values(api.document.paths).flatMap((methods) => Object.values(methods).map((one) => one));
/** What an operation needs in its address; of things that are not there. */
const addressOf = (one: { parameters?: { name: string; in: string }[] }) =>
  Object.fromEntries((one.parameters ?? []).flatMap((part) => (part.in === 'path' ? [[part.name, randomUUID()]] : [])));

test('every operation refuses who has no key, a key that is over or revoked, a key without the scope, and a key in haste', async () => {
  const none = await anApiKey(system, { label: '无权', scopes: ['visits:personal'] });
  const [over, gone, hasty] = await Promise.all(
    ['过期', '作废', '频繁'].map((label) => anApiKey(system, { label, scopes: apiScopes })),
  );
  await system.owner('api_key').where({ label: '过期' }).update({ made_at: '2026-01-01', expires_at: '2026-01-02' });
  const admin = await staffBrowser(system.web, 'admin');
  const page = load((await admin.get('/admin/api-keys').expect(200)).text);
  expect(page('.item:contains("过期") .badge').text()).toBe('已过期');
  await admin
    .post(`/admin/api-keys/${(await rowOf(gone ?? '')).id}/revocation`)
    .type('form')
    .send({})
    .expect(303);
  const spent = { kind: 'api', key_hash: system.index.hash('api_key', (await rowOf(hasty ?? '')).id).current };
  await system.owner('attempt').insert(Array.from({ length: 300 }, () => spent));
  expect(operations().length).toBeGreaterThan(2);
  for (const one of operations()) {
    const of = addressOf(one);
    const unknown = `xm_${'A'.repeat(43)}`;
    for (const wrong of [undefined, unknown, over, gone, `${key}x`]) {
      const refused = await api.ask(one.operationId, { of, ...(wrong && { key: wrong }) });
      expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
      await system.owner('attempt').where({ kind: 'api_refused' }).delete();
    }
    expect((await api.ask(one.operationId, { key: none, of })).status).toBe(403);
    const waits = await api.ask(one.operationId, { key: hasty ?? '', of });
    expect(waits.status).toBe(429);
    expect(Number(waits.headers.get('retry-after'))).toBeGreaterThan(0);
  }
  const sentence = await api.ask('listVisits', { headers: { 'accept-language': 'zh-CN' } });
  expect(sentence.body.title).toBe('需要管理员生成且仍然有效的密钥。');
  expect(await reads(none), 'what was refused read nothing').toEqual([]);
});

test('tries of keys are counted by network', async () => {
  const spent = { kind: 'api_refused', key_hash: system.index.hash('address', '127.0.0.1').current };
  await system.owner('attempt').insert(Array.from({ length: 30 }, () => spent));
  expect((await api.ask('listVisits', { key: `${key}x` })).status).toBe(429);
  expect((await api.ask('listVisits', { key })).status, 'who has a key does not wait for them').toBe(200);
});

test('a key is kept as a hash, and the form of one says what is missing', async () => {
  const row = await rowOf(key);
  expect(JSON.stringify(row)).not.toContain(key.slice(3));
  const admin = await staffBrowser(system.web, 'admin');
  await admin.get('/admin/api-keys').expect(200);
  const made = await admin
    .post('/admin/api-keys')
    .type('form')
    .send({ label: '', scopes: 'visits:write', department: randomUUID(), days: '3650' })
    .expect(422);
  const page = load(made.text);
  for (const field of ['label', 'scopes', 'department', 'days'])
    expect(page(`#field-${field}-error`).text(), field).not.toBe('');
  const acts = await system.owner('audit').where({ action: 'api_key_made', subject_id: row.id }).first('detail');
  expect(acts.detail).toEqual({ scopes: [...apiScopes], department: null, days: 90 });
});

describe('visits', () => {
  test('are read without a word of who comes, or with, by scope; the visitor sees who read it, and the audit', async () => {
    const { reservation, visitor } = await aWaitingTask(system);
    const plain = await anApiKey(system, { label: '停车场', scopes: ['visits:read'] });
    const state = await api.ask('getVisit', { key: plain, of: { id: reservation } });
    expect(state.body).toMatchObject({ id: reservation, stage: 'approval', outcome: null, persons: 1, inside: 0 });
    expect(state.body).not.toHaveProperty('people');
    const whole = await api.ask('getVisit', { key, of: { id: reservation } });
    expect(whole.body.people).toEqual([
      {
        ordinal: 0,
        name: somebody.name,
        phone: somebody.phone,
        organisation: '示例科技有限公司',
        plate: somebody.plate,
      },
    ]);
    expect(JSON.stringify(whole.body)).not.toContain(somebody.document);
    const about = { action: 'api_read', subject_kind: 'reservation', subject_id: reservation };
    expect(await reads(plain)).toEqual([{ ...about, detail: { operation: 'getVisit', personal: false } }]);
    expect((await reads(key)).at(-1)).toEqual({ ...about, detail: { operation: 'getVisit', personal: true } });
    expect(await looksAt(system.db, visitor)).toMatchObject([{ action: 'api_read', reservation, system: '会议系统' }]);
    const admin = await staffBrowser(system.web, 'admin');
    expect((await admin.get(`/admin/reservations/${reservation}`).expect(200)).text).toContain('停车场（其他系统）');
    expect((await admin.get('/admin/audit?action=api_read').expect(200)).text).toContain('会议系统（其他系统）');
  });

  test('are listed page by page, newest first, by department, stage and time', async () => {
    const made = [];
    for (const department of ['信息科学与工程学院', '后勤管理处', '信息科学与工程学院'])
      made.push(
        (await aWaitingTask(system, { who: { ...somebody, phone: `1300000${made.length}999` }, department }))
          .reservation,
      );
    const pages: string[][] = [];
    let cursor: string | null = null;
    do {
      const page = await api.ask('listVisits', { key, of: { limit: '2', ...(cursor && { cursor }) } });
      pages.push(page.body.visits.map(({ id }: { id: string }) => id));
      cursor = page.body.next;
    } while (cursor && pages.length < 20);
    const [newest, middle, oldest] = made.toReversed();
    expect(pages.flat().slice(0, 3)).toEqual([newest, middle, oldest]);
    expect(new Set(pages.flat()).size, 'each once').toBe(pages.flat().length);
    const only = async (of: Record<string, string>) =>
      (await api.ask('listVisits', { key, of })).body.visits.map(({ id }: { id: string }) => id);
    expect(await only({ department: await departmentOf('后勤管理处') })).toEqual([middle]);
    expect(await only({ stage: 'closed' })).toEqual([]);
    expect(await only({ before: new Date().toISOString() })).toEqual([]);
    expect((await only({ after: new Date().toISOString(), stage: 'approval' })).slice(0, 3)).toEqual(
      pages.flat().slice(0, 3),
    );
  });

  test('of other departments are nothing to a key of one department, and those below it are its own', async () => {
    const [inside, outside] = await Promise.all([departmentOf('信息科学与工程学院'), departmentOf('后勤管理处')]);
    const { parent_id } = await system.owner('department').where({ id: inside }).first('parent_id');
    const top = parent_id ?? inside;
    const own = await anApiKey(system, { label: '学院', scopes: apiScopes, department: top });
    const { reservation } = await aWaitingTask(system, {
      who: { ...somebody, phone: '13000000998' },
      department: '后勤管理处',
    });
    const below = (await api.ask('listDepartments', { key: own })).body.departments.map(({ id }: { id: string }) => id);
    expect(below).toContain(inside);
    expect(below).not.toContain(outside);
    const listed = (await api.ask('listVisits', { key: own })).body.visits;
    expect(listed.length).toBeGreaterThan(0);
    expect(listed.every(({ department }: { department: string }) => below.includes(department))).toBe(true);
    expect((await api.ask('listVisits', { key: own, of: { department: outside } })).body.visits).toEqual([]);
    expect((await api.ask('getVisit', { key: own, of: { id: reservation } })).status).toBe(404);
    expect((await api.ask('getVisit', { key, of: { id: reservation } })).status).toBe(200);
  });

  test('are refused what cannot be taken, field by field, without a word of what was sent', async () => {
    const wrong = { limit: '0', cursor: 'bm90IGEgdXVpZA', stage: 'gone', after: '2026-12-01', whose: '13000000017' };
    for (const [field, text] of Object.entries(wrong)) {
      const refused = await api.ask('listVisits', { key, of: { [field]: text } });
      expect(refused.status, field).toBe(422);
      expect(refused.body.errors).toMatchObject([{ in: 'query', field }]);
      expect(JSON.stringify(refused.body)).not.toContain(text.padEnd(5, '?'));
    }
    expect((await api.ask('getVisit', { key, of: { id: 'not-an-id' } })).status).toBe(404);
  });
});

describe('invitations', () => {
  const inDays = (days: number, clock: string) =>
    `${new Date(Date.now() + days * 24 * 3600_000).toISOString().slice(0, 10)}T${clock}:00+08:00`;
  const wish = async (more: object = {}) => ({
    department: await departmentOf('信息科学与工程学院'),
    host: '王建国',
    purpose: '学术会议',
    from: inDays(3, '09:00'),
    until: inDays(3, '11:30'),
    ...more,
  });
  const invite = async (more: object = {}, headers?: Record<string, string>) =>
    api.ask('createInvitation', { key, body: await wish(more), ...(headers && { headers }) });
  const state = async (id: string) => (await api.ask('getInvitation', { key, of: { id } })).body;
  /** The form of an invitation whose link was opened, as it is filled in, with a reason. */
  async function filled(guest: VisitorBrowser, id: string): Promise<Record<string, string>> {
    const $ = await guest.page(`/reservations/new?channel=personal&invitation=${id}`);
    const form = $('form[action="/reservations"]').serializeArray();
    const reason = $('select[name=reason] option[value!=""]').first().attr('value') ?? '';
    const campus = $('select[name=campus] option[selected]').attr('value') ?? '';
    const { department } = await wish();
    return { ...Object.fromEntries(form.map(({ name, value }) => [name, value])), campus, department, reason };
  }
  const pathOf = (link: string) => new URL(link).pathname;

  test('lead a newcomer from the link by the usual steps to a form that is filled in, once', async () => {
    const made = await invite();
    expect(made.status).toBe(201);
    const { id, link } = made.body;
    expect(await state(id)).toMatchObject({ state: 'open', visit: null });
    expect(await state(id)).not.toHaveProperty('link');
    const row = await system.owner('visit_invitation').where({ id }).first();
    expect(JSON.stringify(row)).not.toContain('王建国');
    expect(row.token_hash).toEqual(createHash('sha256').update(link.split('/').at(-1)).digest());

    const guest = new VisitorBrowser(system);
    const led = async (path: string) => String((await guest.agent.get(path).redirects(0).expect(303)).headers.location);
    expect(await led(pathOf(link))).toBe('/invitation');
    expect(await led('/invitation')).toBe('/register?return=%2Finvitation');
    await guest.register();
    expect(await led('/invitation')).toBe('/consent');
    await guest.agree();
    const profile = await guest.post('/profile', { ...guest.person }).expect(303);
    expect(profile.headers.location).toBe('/invitation');
    const form = await led('/invitation');
    const page = await guest.page(form);
    expect(page('[role=status]').text()).toContain('王建国 邀请您来访');
    const values = Object.fromEntries(
      page('form[action="/reservations"]')
        .serializeArray()
        .map(({ name, value }) => [name, value]),
    );
    const { department } = await wish();
    expect(values).toMatchObject({
      invitation: id,
      channel: 'personal',
      host: '王建国',
      note: '学术会议',
      from_day: inDays(3, '').slice(0, 10),
      from_time: '09:00',
      until_time: '11:30',
    });
    const campus = page('select[name=campus] option[selected]').attr('value') ?? '';
    expect(
      page('select[name=department] option[value!=""]')
        .map((_, one) => page(one).attr('value'))
        .get(),
    ).toEqual([department]);
    const reason = page('select[name=reason] option[value!=""]').first().attr('value') ?? '';
    const other = await departmentOf('后勤管理处');
    // Who invites is not the visitor's to change.
    const sent = { ...values, campus, reason, department: other, host: '李四' };
    const submitted = await guest.post('/reservations', sent).expect(303);
    const visit = String(submitted.headers.location).split('/').at(-1);
    const twice = await guest.post('/reservations', { ...sent, department, host: '王建国' }).expect(303);
    expect(twice.headers.location, 'the same form once more').toBe(submitted.headers.location);
    await untilReservation(system, visit ?? '', ({ stage }) => stage === 'approval');
    expect(await state(id)).toMatchObject({ state: 'used', visit });
    expect((await api.ask('getVisit', { key, of: { id: visit ?? '' } })).body).toMatchObject({
      stage: 'approval',
      department,
      channel: 'personal',
      from: new Date(inDays(3, '09:00')).toISOString(),
    });
    const copy = await exportOwn(
      system.db,
      system,
      (await system.owner('reservation').where({ id: visit }).first()).visitor_id,
    );
    expect(copy.visitInvitations).toMatchObject([{ visit, host: '王建国', purpose: '学术会议' }]);
    expect((await api.ask('revokeInvitation', { key, of: { id } })).body.state, 'what was used stays').toBe('used');

    const second = await new VisitorBrowser(system).settle();
    await second.agent.get(pathOf(link)).expect(404);
    // A form that was drawn while the link was good is kept as typed and says why.
    const { form_owner, ...theirs } = sent as Record<string, string>;
    const late = await second.post('/reservations', { ...theirs, key: randomUUID() });
    expect([late.status, load(late.text)('[name=note]').val()]).toEqual([422, '学术会议']);
    expect(late.text).toContain('邀请已失效');
  });

  test('stand on the task and in the evidence of the visit: who invited, through which system, and to when', async () => {
    const { id } = (await invite()).body;
    const { task, reservation } = await aWaitingTask(system, { who: { ...somebody, phone: '13000000037' } });
    const approver = await staffBrowser(system.web, 'approver');
    const page = async (path: string) => load((await approver.get(path).expect(200)).text);
    const told = async () => (await page(`/inbox/${task}`))('#visit + dl').text().replace(/\s+/g, ' ');
    const form = Object.fromEntries(
      (await page(`/inbox/${task}`))(`form[action="/inbox/${task}/decision"]`)
        .serializeArray()
        .map(({ name, value }) => [name, value]),
    );
    const decide = () =>
      approver
        .post(`/inbox/${task}/decision`)
        .type('form')
        .send({ ...form, verdict: 'approved' });
    expect(await told()).not.toContain('邀请');
    const taken = (row: object) => system.owner('visit_invitation').where({ id }).update(row);
    await taken({ reservation_id: reservation });
    expect(await told()).toMatch(/邀请\s?王建国，经其他系统“会议系统”邀请\s?邀请的时间：/);
    // What the page did not say when it was drawn is decided on once it does.
    expect(load((await decide().expect(409)).text)('[role=alert]').text()).toContain('申请内容有变化：');
    const admin = await staffBrowser(system.web, 'admin');
    const evidence = async () => load((await admin.get(`/staff/visits/${reservation}/evidence`).expect(200)).text);
    expect((await evidence())('section').first().text()).toContain('王建国，经其他系统“会议系统”邀请 · 邀请的时间：');
    // Sent back, and asked for at another department, it is nobody's invitation any more.
    await taken({ department_id: await departmentOf('后勤管理处') });
    expect(await told()).not.toContain('邀请');
    expect((await evidence())('section').first().text()).not.toContain('会议系统');
    await taken({ department_id: await departmentOf('信息科学与工程学院'), host_enc: null });
    expect(await told()).toMatch(/邀请\s?经其他系统“会议系统”邀请/);
  });

  test('for one number open for an account with that number alone, whoever has the link, and who decides reads so', async () => {
    expect((await invite({ phoneTail: '12a4' })).body.errors).toMatchObject([{ field: 'phoneTail' }]);
    const guest = await new VisitorBrowser(system).settle();
    const tail = guest.phone.slice(-4);
    const { id, link } = (await invite({ phoneTail: tail })).body;
    const row = await system.owner('visit_invitation').where({ id }).first();
    expect(row.phone_tail_enc.toString('latin1')).not.toContain(tail);
    expect(JSON.stringify(await state(id))).not.toContain(tail);

    const stranger = await new VisitorBrowser(system).settle();
    expect(stranger.phone.slice(-4)).not.toBe(tail);
    await stranger.agent.get(pathOf(link)).expect(303);
    const form = `/reservations/new?channel=personal&invitation=${id}`;
    await stranger.page(form, 404);
    const refused = (await stranger.page('/invitation', 404))('main').text();
    expect(refused).toContain('另一个手机号');
    expect(refused).not.toContain(tail);

    await guest.agent.get(pathOf(link)).expect(303);
    const values = await filled(guest, id);
    // The stranger has the same form, and the link in the session once more.
    await stranger.agent.get(pathOf(link)).expect(303);
    const { form_owner, ...theirs } = values as Record<string, string>;
    expect((await stranger.post('/reservations', { ...theirs, key: randomUUID() })).status).toBe(422);
    const sent = await guest.post('/reservations', values).expect(303);
    const visit = String(sent.headers.location).split('/').at(-1) ?? '';
    await untilReservation(system, visit, ({ stage }) => stage === 'approval');
    const task = await system.owner('task').where({ reservation_id: visit }).first('id');
    const approver = await staffBrowser(system.web, 'approver');
    const told = load((await approver.get(`/inbox/${task.id}`).expect(200)).text)('#visit + dl').text();
    expect(told).toContain('手机号后四位与受邀人一致');
  });

  test('taken back while their form is on its way let nothing stay of it', async () => {
    const { id, link } = (await invite()).body;
    const guest = await new VisitorBrowser(system).settle();
    await guest.agent.get(pathOf(link)).expect(303);
    const values = await filled(guest, id);
    const visitor = await system
      .owner('visitor')
      .where({ phone_hash: system.index('phone', guest.phone) })
      .first('id');
    const drafts = () => system.owner('reservation').where({ visitor_id: visitor.id });
    // A returning visitor has no draft until a form makes one.
    await drafts().update({ stage: 'closed', outcome: 'abandoned', closed_at: new Date() });
    const before = await drafts().pluck('id');
    const trx = await system.owner.transaction();
    await trx('visit_invitation').where({ id }).update({ revoked_at: new Date() });
    let answered = false;
    const send = async () => {
      const { status, text } = await guest.post('/reservations', values);
      answered = true;
      return [status, text.includes('邀请已失效')];
    };
    const first = send();
    const waits = () => system.owner.raw('select 1 from pg_locks where not granted');
    try {
      await until(async () => answered || (await waits()).rows.length > 0, 'the form waits for the row');
    } finally {
      await trx.commit();
    }
    // On a machine that stood still it waited for too long.
    const said = await first;
    expect(said[0] === 503 ? await send() : said).toEqual([422, true]);
    expect(await drafts().pluck('id')).toEqual(before);
  });

  test('that are taken back, over or unknown open nothing', async () => {
    const { id, link } = (await invite({ host: undefined })).body;
    const guest = await new VisitorBrowser(system).settle();
    await guest.agent.get(pathOf(link)).expect(303);
    const form = String((await guest.agent.get('/invitation').expect(303)).headers.location);
    expect(form).toContain('channel=official');
    await guest.page(form);
    const revoked = await api.ask('revokeInvitation', { key, of: { id } });
    expect(revoked.body.state).toBe('revoked');
    expect((await api.ask('revokeInvitation', { key, of: { id } })).body).toEqual(revoked.body);
    for (const path of [pathOf(link), form, '/invitation', `/invitations/${'A'.repeat(43)}`, '/invitations/x'])
      await guest.agent.get(path).expect(404);
    const over = (await invite()).body;
    await system
      .owner('visit_invitation')
      .where({ id: over.id })
      .update({ made_at: '2026-01-01', expires_at: '2026-01-02' });
    expect((await state(over.id)).state).toBe('over');
    await guest.agent.get(pathOf(over.link)).expect(404);
    const acts = await system
      .owner('audit')
      .where({ subject_kind: 'invitation', subject_id: id })
      .orderBy('id')
      .pluck('action');
    expect(acts).toEqual(['visit_invited', 'visit_uninvited']);
  });

  test('of a key that leaked are taken back with it where the admin says so, and none that was used', async () => {
    const leaked = await anApiKey(system, { label: '泄露', scopes: ['invitations:write', 'invitations:read'] });
    const made = async () =>
      (await api.ask('createInvitation', { key: leaked, body: await wish({ host: undefined }) })).body;
    const { id: ofKey } = await rowOf(leaked);
    const [open, used] = [await made(), await made()];
    const { reservation } = await aWaitingTask(system, { who: { ...somebody, phone: '13000000047' } });
    await system.owner('visit_invitation').where({ id: used.id }).update({ reservation_id: reservation });
    const admin = await staffBrowser(system.web, 'admin');
    const revoke = (id: string, form: object) =>
      admin.post(`/admin/api-keys/${id}/revocation`).type('form').send(form).expect(303);
    const other = await anApiKey(system, { label: '更换', scopes: ['invitations:write'] });
    const kept = (await api.ask('createInvitation', { key: other, body: await wish() })).body;
    await revoke((await rowOf(other)).id, {});
    await supertest(system.web).get(pathOf(kept.link)).expect(303);
    await revoke(ofKey, { invitations: 'yes' });
    await supertest(system.web).get(pathOf(open.link)).expect(404);
    expect([(await state(open.id)).state, (await state(used.id)).state]).toEqual(['revoked', 'used']);
    const acts = system.owner('audit').where({ action: 'api_key_revoked', subject_id: ofKey }).pluck('detail');
    expect(await acts).toEqual([{ invitations: 1 }]);
  });

  test('sent twice under one name are one, with one link, also at the same moment; another body is refused', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const [one, two] = await Promise.all([invite({}, headers), invite({}, headers)]);
    const again = await invite({}, headers);
    expect([one.status, two.body, again.body]).toEqual([201, one.body, one.body]);
    const other = await invite({ host: '李四' }, headers);
    expect([other.status, other.body.errors]).toEqual([
      422,
      [{ in: 'header', field: 'Idempotency-Key', reason: 'used_before' }],
    ]);
    expect((await invite({}, { 'idempotency-key': 'with a space' })).status).toBe(422);
    const another = await anApiKey(system, { label: '另一系统', scopes: apiScopes });
    const theirs = await api.ask('createInvitation', { key: another, headers, body: await wish() });
    expect(theirs.body.id, 'names are a key’s own').not.toBe(one.body.id);
    const kept = await system.owner('api_once').select('*');
    expect(JSON.stringify(kept)).not.toContain(headers['idempotency-key']);
  });

  test('sent again under its name when it could not be made any more, it is answered as it was', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const begins = Date.now() + 3_000;
    const body = await wish({ host: undefined, from: new Date(begins).toISOString(), until: inDays(1, '23:00') });
    const ask = () => api.ask('createInvitation', { key, body, headers });
    const first = await ask();
    await until(() => Date.now() > begins, 'the visit has begun');
    const again = await ask();
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect((await api.ask('createInvitation', { key, body })).status, 'as another one it is too late').toBe(422);
    // A name that was refused is free.
    const late = { 'idempotency-key': randomUUID() };
    expect((await api.ask('createInvitation', { key, body, headers: late })).status).toBe(422);
    expect((await api.ask('createInvitation', { key, body: await wish(), headers: late })).status).toBe(201);
  });

  test('that a refused form has taken are free for its visitor, for another form, and once the draft has lapsed', async () => {
    const { db, owner } = system;
    const someone = async (phone: string) => {
      const { visitor } = await aVisitor(system, { ...somebody, phone });
      return { visitor, reservation: (await openDraft(db, visitor)).id };
    };
    const [one, two] = [await someone('13000000701'), await someone('13000000702')];
    const [first, second] = [(await invite()).body.id, (await invite()).body.id];
    expect(await useInvitation(db, system.cipher, { id: first, ...one })).toBe(true);
    expect(await useInvitation(db, system.cipher, { id: first, ...two }), 'somebody else’s draft has it').toBe(false);
    expect(await useInvitation(db, system.cipher, { id: first, ...one }), 'the same form, corrected').toBe(true);
    expect(await useInvitation(db, system.cipher, { id: second, ...one })).toBe(true);
    expect(await useInvitation(db, system.cipher, { id: first, ...two }), 'it was given back').toBe(true);
    await owner('reservation')
      .where({ id: two.reservation })
      .update({ stage: 'closed', outcome: 'abandoned', closed_at: new Date() });
    expect(await findInvited(db, system.cipher, { id: first, visitor: one.visitor })).toMatchObject({ host: '王建国' });
    expect((await state(first)).state).toBe('open');
  });

  test('that cannot be are refused field by field', async () => {
    const closed = await system.owner('department').where({ receives: false }).first('id');
    const wrong: [object, string][] = [
      [{ department: randomUUID() }, 'department'],
      [{ department: closed.id }, 'department'],
      [{ host: '12345' }, 'host'],
      [{ host: '' }, 'host'],
      [{ purpose: 'a\u0007b' }, 'purpose'],
      [{ from: '2026-01-01T09:00:00+08:00' }, 'from'],
      [{ until: inDays(2, '09:00') }, 'until'],
      [{ until: inDays(400, '09:00') }, 'until'],
      [{ expiresAt: inDays(5, '09:00') }, 'expiresAt'],
      [{ from: '2026-12-01' }, 'from'],
      [{ phone: '13000000017' }, 'phone'],
    ];
    for (const [more, field] of wrong) {
      const refused = await invite(more);
      expect([refused.status, refused.body.errors[0].field], JSON.stringify(more)).toEqual([422, field]);
    }
    expect((await api.ask('createInvitation', { key, body: '{' })).status).toBe(400);
    expect((await api.ask('createInvitation', { key, body: await wish({ purpose: 'a'.repeat(70_000) }) })).status).toBe(
      413,
    );
    const narrow = await anApiKey(system, {
      label: '后勤',
      scopes: apiScopes,
      department: await departmentOf('后勤管理处'),
    });
    expect((await api.ask('createInvitation', { key: narrow, body: await wish() })).status).toBe(422);
    const { id } = (await invite()).body;
    expect((await api.ask('getInvitation', { key: narrow, of: { id } })).status).toBe(404);
    expect((await api.ask('revokeInvitation', { key: narrow, of: { id } })).status).toBe(404);
  });
});

describe('gates', () => {
  /** Seen at a gate so many seconds ago. */
  const seen = async (visit: string, ordinal: number, direction: 'in' | 'out', ago: number): Promise<string> => {
    const at = new Date(Date.now() - ago * 1000);
    const id = randomUUID();
    await system.owner('gate_event').insert({
      id,
      reservation_id: visit,
      ordinal,
      gate_id: 'south',
      direction,
      method: 'qr',
      occurred_at: at,
      recorded_at: at,
    });
    return id;
  };
  const aVisitInside = async (phone: string, department = '信息科学与工程学院') => {
    const made = await aWaitingTask(system, { who: { ...somebody, phone }, department });
    await system.owner('reservation').where({ id: made.reservation }).update({ stage: 'visit' });
    return made;
  };

  test('tell what they saw in order, each once, and nothing that is not settled', async () => {
    const { reservation } = await aVisitInside('13000000801');
    const other = await aVisitInside('13000000802', '后勤管理处');
    const ids = [
      await seen(reservation, 0, 'in', 40),
      await seen(other.reservation, 0, 'in', 30),
      await seen(reservation, 0, 'out', 20),
    ];
    const young = await seen(reservation, 0, 'in', 3);
    const read = async (of: Record<string, string>, by = key) =>
      (await api.ask('listGateEvents', { key: by, of })).body;
    const first = await read({ limit: '2' });
    expect(first.events).toMatchObject([
      { id: ids[0], gate: 'south', direction: 'in', visit: reservation, ordinal: 0 },
      { id: ids[1] },
    ]);
    expect(first.more).toBe(true);
    const second = await read({ limit: '2', cursor: first.next });
    expect([second.events.map(({ id }: { id: string }) => id), second.more]).toEqual([[ids[2]], false]);
    const none = await read({ cursor: second.next });
    expect([none.events, none.next]).toEqual([[], second.next]);
    await system
      .owner('gate_event')
      .where({ id: young })
      .update({ recorded_at: new Date(Date.now() - 7_000) });
    expect((await read({ cursor: second.next })).events).toMatchObject([{ id: young }]);
    expect((await read({ gate: 'east' })).events).toEqual([]);
    const narrow = await anApiKey(system, {
      label: '后勤门禁',
      scopes: ['gates:read'],
      department: await departmentOf('后勤管理处'),
    });
    expect((await read({}, narrow)).events).toMatchObject([{ id: ids[1] }]);
    expect((await api.ask('listGateEvents', { key, of: { cursor: 'bm90IGEgdXVpZA' } })).status).toBe(422);
    expect((await api.ask('listGates', { key })).body.gates.map(({ id }: { id: string }) => id)).toContain('south');
  });

  test('say how many are inside, and only with the scope for persons who; their visitors see it', async () => {
    await system.owner('gate_event').delete();
    const [one, two, over] = [
      await aVisitInside('13000000811'),
      await aVisitInside('13000000812'),
      await aVisitInside('13000000813'),
    ];
    await seen(one.reservation, 0, 'in', 50);
    await seen(two.reservation, 0, 'out', 40);
    await seen(two.reservation, 0, 'in', 30);
    await seen(over.reservation, 0, 'in', 30);
    await system
      .owner('reservation')
      .where({ id: over.reservation })
      .update({ stage: 'closed', outcome: 'completed', closed_at: new Date() });
    const { campus_id: campus } = await system.owner('reservation').where({ id: one.reservation }).first();
    const counting = await anApiKey(system, { label: '大屏', scopes: ['inside:read'] });
    const counted = (await api.ask('readInside', { key: counting })).body;
    expect(counted.campuses).toEqual([{ campus, persons: 2 }]);
    expect(counted).not.toHaveProperty('people');
    const first = (await api.ask('readInside', { key, of: { limit: '1' } })).body;
    const second = (await api.ask('readInside', { key, of: { limit: '1', cursor: first.next } })).body;
    expect([first.people.length, second.people.length, second.next]).toEqual([1, 1, null]);
    const names = [...first.people, ...second.people].map(({ visit, person }) => [visit, person.name]);
    expect(names.toSorted()).toEqual([one, two].map(({ reservation }) => [reservation, somebody.name]).toSorted());
    expect(await looksAt(system.db, one.visitor)).toMatchObject([{ action: 'api_read', system: '会议系统' }]);
    await seen(one.reservation, 0, 'out', 10);
    expect((await api.ask('readInside', { key: counting })).body.campuses).toEqual([{ campus, persons: 1 }]);
    expect((await api.ask('readInside', { key: counting, of: { campus: randomUUID() } })).body.campuses).toEqual([]);
    expect((await api.ask('readInside', { key, of: { cursor: 'bm90IGEgdXVpZA' } })).status).toBe(422);
  });
});

describe('the document', () => {
  test('passes a public linter, which sees what is wrong with one', async () => {
    const config = await createConfig({ extends: ['recommended-strict'] });
    const problemsOf = async (document: object) =>
      (await lintFromString({ source: JSON.stringify(document), config })).map(({ ruleId }) => ruleId);
    for (const language of ['zh-CN', 'en']) {
      const document = await (await fetch(`${system.web}/api/v1/openapi.json?lang=${language}`)).json();
      expect(await problemsOf(document as object), language).toEqual([]);
    }
    const { security: _, ...open } = api.document;
    expect(await problemsOf(open)).toContain('security-defined');
    const { Visit: __, ...schemas } = api.document.components.schemas;
    const broken = { ...api.document, components: { ...api.document.components, schemas } };
    expect(await problemsOf(broken)).toContain('no-unresolved-refs');
  });

  test('is enough to generate a client that invites somebody and reads what became of it', async () => {
    const definition = api.document as unknown as Document;
    const headers = { Authorization: `Bearer ${key}` };
    const client = await new OpenAPIClientAxios({ definition, axiosConfigDefaults: { headers } }).init();
    const department = await departmentOf('信息科学与工程学院');
    const day = new Date(Date.now() + 5 * 24 * 3600_000).toISOString().slice(0, 10);
    const window = { from: `${day}T09:00:00+08:00`, until: `${day}T10:00:00+08:00` };
    const made = await client.createInvitation?.({}, { department, ...window });
    expect(made).toMatchObject({ status: 201, data: { state: 'open', department } });
    const read = await client.getInvitation?.({ id: made?.data.id });
    expect(read?.data).toMatchObject({ id: made?.data.id, visit: null });
  });
});

test('the page of the document names every operation, scope and refusal, in both languages', async () => {
  for (const language of ['zh-CN', 'en']) {
    const { text } = await supertest(system.web).get('/api').set('Accept-Language', language).expect(200);
    const page = load(text);
    for (const one of operations()) expect(page(`#${one.operationId}`).text()).not.toBe('');
    for (const scope of apiScopes) expect(page('code').text()).toContain(scope);
    for (const code of Object.keys(api.document.components.responses)) expect(page(`#${code}`)).toHaveLength(1);
  }
});

test('the examples of the docs are answered as they stand there', async () => {
  const { reservation } = await aWaitingTask(system, { who: { ...somebody, phone: '13000000997' } });
  const text = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');
  const examples = [...text.matchAll(/```http\n([\s\S]+?)\n```/g)].map(([, example = '']) => example);
  expect(examples.length).toBeGreaterThan(2);
  const [department, day] = [await departmentOf('信息科学与工程学院'), new Date(Date.now() + 4 * 24 * 3600_000)];
  const filled = (part: string) =>
    part
      .replace('xm_…', key)
      .replace('{visit}', reservation)
      .replace('{department}', department)
      .replace('{invitation}', invitation)
      .replaceAll(/2027-\d\d-\d\d/g, day.toISOString().slice(0, 10));
  let invitation = '';
  for (const example of examples) {
    const [head = '', body] = example.split('\n\n');
    const [first = '', ...headers] = head.split('\n');
    const [method = '', path = ''] = first.split(' ');
    const answer = await fetch(system.web + filled(path), {
      method,
      headers: headers.map((line): [string, string] => {
        const [name = '', ...value] = line.split(': ');
        return [name, filled(value.join(': '))];
      }),
      ...(body && { body: filled(body) }),
    });
    const text = await answer.text();
    expect(answer.ok, `${first} ${answer.status} ${text}`).toBe(true);
    if (answer.status === 201) invitation = JSON.parse(text).id;
  }
});

test('the document promises no answer that the server did not give here', async () => {
  expect((await supertest(system.web).get('/api/v1/nothing').expect(404)).body.code).toBe('not_found');
  // A fault of ours, and a part that is away, look like every other refusal.
  const promised = operations().flatMap(({ operationId, responses }) =>
    Object.keys(responses).flatMap((status) => (/^50/.test(status) ? [] : [`${operationId} ${status}`])),
  );
  expect(promised.filter((one) => !api.seen.has(one))).toEqual([]);
});
