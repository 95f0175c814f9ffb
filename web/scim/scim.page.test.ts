import { load } from 'cheerio';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createStaff } from '../../store/staff/staff.ts';
import { aWaitingTask } from '../../testing/reservations.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { type System, startSystem } from '../../testing/system.ts';

/** The university's directory keeps accounts of staff up by SCIM 2.0, as Entra and Okta speak it. */

let system: System;
let token: string;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'], logLevel: 'silent' });
  token = await aToken('人事处 AD');
});
afterAll(() => system?.stop());
beforeEach(() => system.owner('attempt').delete());

async function aToken(label: string): Promise<string> {
  const admin = await staffBrowser(system.web, 'admin');
  await admin.get('/admin/staff/scim').expect(200);
  await admin.post('/admin/staff/scim').type('form').send({ label }).expect(303);
  const page = load((await admin.get('/admin/staff/scim').expect(200)).text);
  const again = load((await admin.get('/admin/staff/scim').expect(200)).text);
  expect(again('textarea'), 'it is shown once').toHaveLength(0);
  return page('textarea').text().trim();
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the server sends
type Answer = { status: number; body: any; headers: Headers };
async function scim(method: string, path: string, body?: unknown, by = `Bearer ${token}`): Promise<Answer> {
  const response = await fetch(`${system.web}/scim/v2${path}`, {
    method,
    headers: { authorization: by, 'content-type': 'application/scim+json' },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text && JSON.parse(text), headers: response.headers };
}
const core = 'urn:ietf:params:scim:schemas:core:2.0:User';
const user = (userName: string, more: object = {}) => ({ schemas: [core], userName, displayName: '李明', ...more });
const patch = (id: string, ...Operations: object[]) =>
  scim('PATCH', `/Users/${id}`, { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations });
const make = async (userName: string, more: object = {}): Promise<string> => {
  const made = await scim('POST', '/Users', user(userName, more));
  expect(made.status).toBe(201);
  return made.body.id;
};
const row = (id: string) => system.owner('staff').where({ id }).first();
const audit = (id: string) =>
  system
    .owner('audit')
    .where({ subject_kind: 'staff', subject_id: id })
    .orderBy('id')
    .select('action', 'actor_kind', 'detail');
const password = 'correct horse battery';
const signedIn = (username: string) => staffBrowser(system.web, { username, password });

test('a person is made, found by user name and by the directory’s name, and changed', async () => {
  const made = await scim(
    'POST',
    '/Users',
    user('Li.Ming@Example.edu.cn', { externalId: 'ext-1', emails: [{ value: 'x' }] }),
  );
  expect(made.status).toBe(201);
  const { id } = made.body;
  expect(made.headers.get('location')).toBe(`${system.web}/scim/v2/Users/${id}`);
  expect(made.headers.get('content-type')).toContain('application/scim+json');
  expect(made.body).toMatchObject({ userName: 'li.ming@example.edu.cn', externalId: 'ext-1', active: true });
  expect(await row(id)).toMatchObject({ name: '李明', password_hash: null, is_admin: false });
  expect(await system.owner('staff_role').where({ staff_id: id })).toEqual([]);

  for (const filter of ['userName eq "LI.MING@example.edu.cn"', 'externalId eq "ext-1"', `id eq "${id}"`]) {
    const found = await scim('GET', `/Users?${new URLSearchParams({ filter })}`);
    expect(found.body, filter).toMatchObject({ totalResults: 1, startIndex: 1, itemsPerPage: 1, Resources: [{ id }] });
    expect((await scim('POST', '/Users/.search', { filter })).body.Resources).toEqual(found.body.Resources);
  }
  const none = await scim('GET', `/Users?${new URLSearchParams({ filter: 'userName eq "no.one"' })}`);
  expect(none.body).toMatchObject({ totalResults: 0, Resources: [] });

  const renamed = await scim(
    'PUT',
    `/Users/${id}`,
    user('li.ming', { name: { formatted: '李铭' }, displayName: undefined }),
  );
  expect(renamed.body).toMatchObject({ userName: 'li.ming', displayName: '李铭', externalId: 'ext-1', active: true });
  await patch(id, { op: 'Add', value: { displayName: '李明明', externalId: 'ext-2' } });
  expect((await scim('GET', `/Users/${id}`)).body).toMatchObject({ displayName: '李明明', externalId: 'ext-2' });
  const trail = await audit(id);
  expect(trail.map(({ action }) => action)).toEqual(['staff_created', 'staff_edited', 'staff_edited']);
  expect(trail.every(({ actor_kind, detail }) => actor_kind === 'system' && detail.by === 'scim')).toBe(true);
  expect(JSON.stringify(trail), 'no name stands in the audit').not.toMatch(/li\.ming|李|ext-/);
  const admin = await staffBrowser(system.web, 'admin');
  expect(load((await admin.get(`/admin/staff/${id}`).expect(200)).text)('main').text()).toContain('目录同步（SCIM）');
});

describe('active: false is a departure, within the same request,', () => {
  test.each<[string, object]>([
    ['as Entra says it', { op: 'Replace', path: 'active', value: 'False' }],
    ['as Okta says it', { op: 'replace', value: { active: false } }],
  ])('%s', async (name, operation) => {
    const username = `leaving.${name.includes('Okta') ? 'okta' : 'entra'}`;
    const { department } = await system
      .owner('staff_role')
      .whereNotNull('department_id')
      .first('department_id as department');
    const id = await createStaff(system.owner, { username, password, name: '王芳', departments: [department] });
    const agent = await signedIn(username);
    const gone = await patch(id, operation);
    expect(gone).toMatchObject({ status: 200, body: { id, active: false } });
    await agent.get('/inbox').expect(303);
    expect(await row(id)).toMatchObject({ password_hash: null });
    expect(await system.owner('staff_role').where({ staff_id: id })).toEqual([]);
    expect((await audit(id)).at(-1)).toMatchObject({ action: 'staff_deactivated', detail: { by: 'scim' } });
    // Said once more it stays so; and a return brings the account back, without a role.
    expect((await patch(id, operation)).status).toBe(200);
    expect((await patch(id, { op: 'replace', path: 'active', value: 'True' })).body.active).toBe(true);
    expect((await audit(id)).filter(({ action }) => action === 'staff_deactivated')).toHaveLength(1);
    expect(await system.owner('staff_role').where({ staff_id: id })).toEqual([]);
  });

  test('and the visit that waited for this person alone says so', async () => {
    const { reservation, task } = await aWaitingTask(system);
    const { rows } = await system.owner.raw('select distinct staff_id from task_actor where task_id = ?', [task]);
    const others = rows.map((one: { staff_id: string }) => one.staff_id);
    for (const id of others.slice(1)) await patch(id, { op: 'replace', value: { active: false } });
    await patch(others[0], { op: 'replace', value: { active: false } });
    const [line] = await system.owner('audit').where({ action: 'approver_left', subject_id: reservation });
    expect(line).toMatchObject({ actor_kind: 'system', detail: { by: 'scim', staff: others[0] } });
  });

  test('but never that of the last admin, nor a new user name of one', async () => {
    const admins = await system
      .owner('staff')
      .where({ is_admin: true })
      .whereNull('left_at')
      .whereNotNull('password_hash');
    expect(admins).toHaveLength(1);
    const [{ id }] = admins;
    for (const answer of [
      await patch(id, { op: 'replace', path: 'active', value: false }),
      await scim('DELETE', `/Users/${id}`),
    ])
      expect(answer).toMatchObject({ status: 409, body: { status: '409' } });
    const renamed = await patch(id, { op: 'replace', path: 'userName', value: 'mine.now' });
    expect(renamed).toMatchObject({ status: 400, body: { scimType: 'mutability' } });
    expect(await row(id)).toMatchObject({ left_at: null, username: 'admin' });
  });
});

test('a deleted person is nobody to the directory, and the same one when it has them again', async () => {
  const id = await make('deleted', { externalId: 'ext-deleted' });
  expect((await scim('DELETE', `/Users/${id}`)).status).toBe(204);
  expect((await row(id)).left_at).not.toBeNull();
  for (const answer of [
    await scim('GET', `/Users/${id}`),
    await scim('DELETE', `/Users/${id}`),
    await patch(id, { op: 'replace', value: { active: true } }),
  ])
    expect(answer).toMatchObject({ status: 404, body: { schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'] } });
  expect((await scim('POST', '/Users', user('deleted', { externalId: 'another' }))).status, 'somebody else').toBe(409);
  const again = await scim('POST', '/Users', user('deleted', { externalId: 'ext-deleted' }));
  expect(again).toMatchObject({ status: 201, body: { id, active: true } });

  // Without the directory's own name nobody knows whether it is the same person.
  const nameless = await make('nameless');
  expect((await scim('DELETE', `/Users/${nameless}`)).status).toBe(204);
  for (const more of [{}, { externalId: 'ext-nameless' }])
    expect(await scim('POST', '/Users', user('nameless', more))).toMatchObject({
      status: 409,
      body: { schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], scimType: 'uniqueness' },
    });
  expect((await row(nameless)).left_at).not.toBeNull();
});

test('a user name and a directory’s name are one person’s, also at the same moment', async () => {
  await make('only.one', { externalId: 'ext-only' });
  const other = await make('other.one');
  for (const answer of [
    await scim('POST', '/Users', user('only.one')),
    await scim('POST', '/Users', user('third.one', { externalId: 'ext-only' })),
    await patch(other, { op: 'replace', path: 'userName', value: 'ONLY.one' }),
  ])
    expect(answer).toMatchObject({ status: 409, body: { scimType: 'uniqueness' } });
  const both = await Promise.all([1, 2].map(() => scim('POST', '/Users', user('at.once'))));
  expect(both.map(({ status }) => status).toSorted()).toEqual([201, 409]);
});

test('pages are as many as asked for, in one order, and each person stands on one', async () => {
  for (const n of [1, 2, 3]) await make(`page.${n}`);
  const all = (await scim('GET', '/Users?count=200')).body;
  const seen: string[] = [];
  for (let startIndex = 1; startIndex <= all.totalResults; startIndex += 2) {
    const { body } = await scim('GET', `/Users?startIndex=${startIndex}&count=2`);
    expect(body).toMatchObject({ startIndex, totalResults: all.totalResults });
    seen.push(...body.Resources.map((one: { id: string }) => one.id));
  }
  expect(seen).toEqual(all.Resources.map((one: { id: string }) => one.id));
  expect((await scim('GET', '/Users?count=0')).body).toMatchObject({ totalResults: all.totalResults, Resources: [] });
  expect((await scim('GET', '/Users?count=100000&startIndex=-5')).body.startIndex).toBe(1);
});

test('what is malformed is refused in SCIM’s form', async () => {
  const id = await make('well.formed');
  for (const [answer, scimType] of [
    [await scim('POST', '/Users', '{"userName":'), 'invalidSyntax'],
    [await scim('POST', '/Users', { schemas: [core] }), 'invalidValue'],
    [await scim('POST', '/Users', user('李明')), 'invalidValue'],
    [await scim('POST', '/Users', user('long.name', { displayName: '名'.repeat(41) })), 'invalidValue'],
    [await patch(id, { op: 'replace', path: 'active', value: 'perhaps' }), 'invalidValue'],
    [await scim('PATCH', `/Users/${id}`, {}), 'invalidSyntax'],
    [await scim('GET', '/Users?filter=name%20pr'), 'invalidFilter'],
    [await scim('GET', '/Users?count=many'), 'invalidValue'],
  ] as const) {
    expect(answer).toMatchObject({ status: 400, body: { status: '400', scimType } });
  }
  for (const path of ['/Users/not-an-id', '/Groups', '/Users/00000000-0000-7000-8000-000000000000', '/Schemas/x'])
    expect((await scim('GET', path)).status, path).toBe(404);
  const { length } = 'x'.repeat(70_000);
  expect((await scim('POST', '/Users', user('big', { title: 'x'.repeat(length) }))).status).toBe(413);
});

test('the server says what it can do', async () => {
  const config = (await scim('GET', '/ServiceProviderConfig')).body;
  expect(config).toMatchObject({ patch: { supported: true }, bulk: { supported: false }, filter: { supported: true } });
  expect((await scim('GET', '/ResourceTypes')).body.Resources).toMatchObject([{ endpoint: '/Users', schema: core }]);
  expect((await scim('GET', '/Schemas')).body.Resources).toMatchObject([{ id: core }]);
  expect((await scim('GET', `/Schemas/${core}`)).body.id).toBe(core);
  expect((await scim('GET', '/ResourceTypes/User')).body.id).toBe('User');
});

test('only an open token opens it, kept as a hash; who tries others has to wait', async () => {
  const other = await aToken('试用目录');
  expect(other).not.toBe(token);
  expect(JSON.stringify(await system.owner('scim_token'))).not.toContain(other);
  expect((await scim('GET', '/Users', undefined, `Bearer ${other}`)).status).toBe(200);
  const admin = await staffBrowser(system.web, 'admin');
  const page = load((await admin.get('/admin/staff/scim').expect(200)).text);
  const blank = await admin.post('/admin/staff/scim').type('form').send({ label: ' ' }).expect(422);
  expect(load(blank.text)('#field-label-error').text()).not.toBe('');
  const names = ($: ReturnType<typeof load>) => $('.item__name').map((_, one) => $(one).text());
  expect(names(page).get(), 'newest first').toEqual(['试用目录', '人事处 AD']);
  const button = page('button[aria-label="作废令牌“试用目录”"]');
  const path = button.closest('form').attr('action') ?? '';
  for (const time of ['first', 'second']) {
    const { headers } = await admin.post(path).expect(303);
    const after = load((await admin.get(String(headers.location)).expect(200)).text);
    expect(after('.notice[role=status]').text(), time).toContain('令牌已作废');
    expect(names(after).get()).toEqual(['人事处 AD']);
  }
  await admin.post(path.replace(/[0-9a-f]{8}-/, '00000000-')).expect(404);
  const acts = await system.owner('audit').where({ action: 'scim_token_revoked' });
  expect(acts).toHaveLength(1);
  const log = load((await admin.get('/admin/audit?action=scim_token_revoked').expect(200)).text);
  expect(log('tbody td:last-child').text().trim().replace(/\s+/g, ' ')).toBe('目录同步令牌 试用目录');
  const refused = await scim('GET', '/Users', undefined, `Bearer ${other}`);
  expect(refused).toMatchObject({ status: 401, body: { status: '401' } });
  expect(refused.headers.get('www-authenticate')).toBe('Bearer');
  expect((await scim('GET', '/Users')).status, 'the other one stays').toBe(200);
  for (const by of ['', 'Bearer x', `Basic ${token}`])
    expect((await scim('GET', '/Users', undefined, by)).status).toBe(401);
  const approver = await staffBrowser(system.web, { username: 'approver2', password: 'x' }).catch(() => undefined);
  expect(approver).toBeUndefined();
  for (let n = 0; n < 30; n += 1) await scim('GET', '/Users', undefined, 'Bearer x');
  expect((await scim('GET', '/Users', undefined, 'Bearer x')).status).toBe(429);
  expect((await scim('GET', '/Users')).status, 'a good one does not wait for them').toBe(200);
});
