import { load } from 'cheerio';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createStaff } from '../../../store/staff/staff.ts';
import { pageAgent } from '../../../testing/page-agent.ts';
import { type TestPartners, testPartners } from '../../../testing/partners.ts';
import { type System, startSystem } from '../../../testing/system.ts';

/** Staff sign in by the university's CAS, with a stand-in that refuses what a real one refuses. */

let system: System;
let partners: TestPartners;
beforeAll(async () => {
  partners = await testPartners();
  system = await startSystem({ start: ['web'], env: { CAS_URL: `${partners.url}/cas` } });
  partners.settings.PUBLIC_URL = system.web;
  for (const username of ['20080123', 'busy.one']) await createStaff(system.owner, { username, name: '李明' });
});
afterAll(async () => {
  await system?.stop();
  await partners?.stop();
});
beforeEach(() => system.owner('attempt').delete());

const browser = () => pageAgent(system.web).set({ Origin: system.web });
type Agent = ReturnType<typeof browser>;
/** The service that the university is asked for. */
async function asks(agent: Agent, from = '/staff/cas'): Promise<string> {
  const begun = new URL((await agent.get(from).expect(303)).headers.location ?? '');
  expect(begun.href.startsWith(`${partners.url}/cas/login?service=`)).toBe(true);
  expect((await fetch(begun)).status).toBe(200);
  return begun.searchParams.get('service') ?? '';
}
/** The address that leads back, with its ticket. */
async function ticketFor(service: string, username = '20080123'): Promise<string> {
  const body = new URLSearchParams({ service, username });
  const given = await fetch(`${partners.url}/cas/login`, { method: 'POST', body, redirect: 'manual' });
  const url = new URL(given.headers.get('location') ?? '');
  return url.pathname + url.search;
}
const comes = async (agent: Agent, path: string) => String((await agent.get(path).expect(303)).headers.location);
const signIn = async (agent: Agent, username?: string) => comes(agent, await ticketFor(await asks(agent), username));
const refusedAs = (why: string) => `/staff/login?university=${why}&return=%2Fstaff`;

test('a person is signed in by a ticket, and led to where they wanted to be', async () => {
  const agent = browser();
  const page = load((await agent.get('/staff/login?return=/inbox').expect(200)).text);
  const service = await asks(agent, page('a.weui-btn_primary').attr('href'));
  const path = await ticketFor(service);
  expect(await comes(agent, path)).toBe('/inbox');
  await agent.get('/inbox').expect(200);
  const kept = JSON.stringify(await system.owner('staff_session'));
  const ticket = new URL(path, system.web).searchParams.get('ticket') ?? 'none';
  expect(kept, 'the ticket stays nowhere').not.toContain(ticket);
  expect(await signIn(browser(), 'nobody.here')).toBe(refusedAs('unknown'));
});

test('a ticket counts once, for its own service, in its time, and in the browser that asked', async () => {
  const [agent, other, third] = [browser(), browser(), browser()];
  const path = await ticketFor(await asks(agent));
  await asks(other);
  expect(await comes(other, path), 'somebody else’s browser').toBe(refusedAs('again'));
  expect(await comes(agent, path)).toBe('/staff');
  expect(await comes(browser(), path), 'no browser of ours').toBe(refusedAs('again'));

  // A used one, and one of another service, beside the right state.
  const used = new URL(path, system.web).searchParams.get('ticket') ?? '';
  const elsewhere = new URL(await ticketFor(`${system.web}/staff/cas/callback`), system.web);
  for (const ticket of [used, elsewhere.searchParams.get('ticket') ?? '', 'ST-made-up', 'x', '']) {
    const state = new URL(await asks(third)).searchParams.get('state') ?? '';
    const query = new URLSearchParams({ state, ticket });
    expect(await comes(third, `/staff/cas/callback?${query}`), ticket).toBe(refusedAs('refused'));
  }
  await partners.fault('cas.validate', 'late', 1);
  expect(await signIn(third)).toBe(refusedAs('refused'));
  await third.get('/inbox').expect(303);
});

test('a person is the same one in capital letters, also where an earlier release kept those', async () => {
  const [id, kept] = [
    await createStaff(system.owner, { username: 'new.one', name: '李明' }),
    await createStaff(system.owner, { username: 'kept.one', name: '李明' }),
  ];
  const issuer = `${partners.url}/cas`;
  await system.owner('staff_identity').insert({ issuer, subject: 'Kept.One', staff_id: kept });
  for (const username of ['New.One', 'new.one', 'NEW.ONE', 'kept.one', 'Kept.One', 'KEPT.ONE'])
    expect(await signIn(browser(), username), username).toBe('/staff');
  const subjects = system.owner('staff_identity').whereIn('staff_id', [id, kept]).orderBy('subject').pluck('subject');
  expect((await subjects).toSorted()).toEqual(['Kept.One', 'new.one']);
});

test('while CAS is away the page says so, and the local login is there', async () => {
  await partners.fault('cas.validate', 'busy', 1);
  const agent = browser();
  expect(await signIn(agent)).toBe(refusedAs('away'));
  const page = load((await agent.get(refusedAs('away')).expect(200)).text);
  expect(page('[role=alert]').text()).toContain('暂时无法连接');
  expect(page('input[name=password]')).toHaveLength(1);
  expect(await signIn(agent)).toBe('/staff');
});

test('a person who signs out at the university is out here, of the sessions that came by it alone', async () => {
  const [first, second, another] = [browser(), browser(), browser()];
  for (const agent of [first, second]) await signIn(agent);
  await signIn(another, 'busy.one');
  const body = new URLSearchParams({ username: '20080123' });
  const told = await fetch(`${partners.url}/cas/logout`, { method: 'POST', body });
  expect(new Set((await told.json()) as number[])).toEqual(new Set([200]));
  for (const agent of [first, second]) await agent.get('/inbox').expect(303);
  await another.get('/inbox').expect(200);
  const ended = await system.owner('audit').where({ action: 'staff_signed_out', actor_kind: 'system' });
  expect(ended.every(({ detail }) => detail.by === 'cas') && ended.length >= 2).toBe(true);

  // Nobody else ends a session: the address takes nothing but a ticket.
  for (const logoutRequest of ['', '<LogoutRequest><SessionIndex>ST-guess</SessionIndex></LogoutRequest>'])
    await fetch(`${system.web}/staff/cas/callback`, { method: 'POST', body: new URLSearchParams({ logoutRequest }) });
  await another.get('/inbox').expect(200);
});

test('signing out leads to the university’s own end, with nobody’s name in the address', async () => {
  const agent = browser();
  await signIn(agent);
  await agent.get('/inbox').expect(200);
  await agent.post('/staff/sign-out').type('form').send({}).expect(303);
  const page = load((await agent.get('/staff/login?signed-out&by=cas').expect(200)).text);
  const end = new URL(await comes(agent, page('[role=status] a').attr('href') ?? ''));
  expect(end.href).toBe(`${partners.url}/cas/logout?service=${encodeURIComponent(`${system.web}/staff/login`)}`);
});

test('the last admin who can sign in stays, though it is by the university', async () => {
  const agent = browser();
  await signIn(agent, 'admin');
  await agent.get('/admin/staff').expect(200);
  const { id, password_hash } = await system.owner('staff').where({ username: 'admin' }).first();
  const hash = (value: string | null) => system.owner('staff').where({ id }).update({ password_hash: value });
  await hash(null);
  const post = (path: string, form: object = {}) => agent.post(`/admin/staff/${id}/${path}`).type('form').send(form);
  try {
    for (const answer of [await post('departure'), await post('roles/removal', { role: 'admin', department: '' })]) {
      expect(answer.status).toBe(409);
      expect(load(answer.text)('[role=alert]').text()).toContain('最后一位');
    }
  } finally {
    await hash(password_hash);
  }
  expect(await system.owner('staff').where({ id }).first()).toMatchObject({ is_admin: true, left_at: null });
});

test('the own account is linked to who shows it afresh, and unlinked', async () => {
  const password = 'the ginkgo beside the gate';
  const id = await createStaff(system.owner, { username: 'by.hand', name: '李明', password });
  const agent = browser();
  const send = (path: string, form: object) => agent.post(path).type('form').send(form).expect(303);
  await send('/staff/login', { username: 'by.hand', password });
  await agent.get('/staff/identities').expect(200);
  await send('/staff/identities/cas', { password });
  const begun = new URL(await comes(agent, '/staff/identities/cas'));
  expect(begun.searchParams.get('renew')).toBe('true');
  const path = await ticketFor(begun.searchParams.get('service') ?? '', 'Li.At.The.University');
  expect(await comes(agent, path)).toBe('/staff/identities?linked');
  expect(await system.owner('staff_identity').where({ staff_id: id }).pluck('subject')).toEqual([
    'li.at.the.university',
  ]);
  expect(await signIn(browser(), 'LI.AT.THE.UNIVERSITY')).toBe('/staff');
  await send('/staff/identities/removal', { way: 'cas', password });
  expect(await system.owner('staff_identity').where({ staff_id: id })).toEqual([]);
});
