import { randomUUID } from 'node:crypto';
import { load } from 'cheerio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { day, hour } from '../domain/time.ts';
import { type BlackHole, openBlackHole } from '../testing/black-hole.ts';
import { aParty } from '../testing/party.ts';
import { aRefusal } from '../testing/refusing.ts';
import { staffBrowser } from '../testing/staff-browser.ts';
import { sharedGround } from '../testing/system/ground.ts';
import { type System, startSystem } from '../testing/system.ts';
import { until } from '../testing/until.ts';
import { VisitorBrowser } from '../testing/visitor-browser.ts';

/** A part that cannot be reached: no page looks like success, and nothing that was typed is lost. */

let system: System;
let database: BlackHole;
let engine: BlackHole;
let approver: Awaited<ReturnType<typeof staffBrowser>>;
beforeAll(async () => {
  const ground = await sharedGround();
  const { hostname: host, port } = new URL(ground.url);
  database = await openBlackHole({ host, port: Number(port) });
  const [engineHost = '', enginePort] = ground.temporal.address.split(':');
  engine = await openBlackHole({ host: engineHost, port: Number(enginePort) });
  const env = { DATABASE_URL: database.through(ground.url), TEMPORAL_ADDRESS: `127.0.0.1:${engine.port}` };
  system = await startSystem({ ground, env, start: ['sandbox', 'worker', 'web'] });
  approver = await staffBrowser(system.web, 'approver');
}, 120_000);
afterAll(async () => {
  await system?.stop();
  await database?.close();
  await engine?.close();
});

async function aVisit() {
  const lead = await new VisitorBrowser(system).settle();
  const window = { from: new Date(Date.now() + day), until: new Date(Date.now() + day + hour) };
  const { reservation, task } = await aParty(system, [lead.phone], window);
  return { lead, reservation, task, path: `/reservations/${reservation}` };
}

type Sent = { status: number; text: string };
const post = (agent: typeof approver, path: string, form: Record<string, string>): Promise<Sent> =>
  agent.post(path).type('form').send(form);

/** What a process says of itself: whether it takes work, and what it misses. */
async function stateOf(part: 'web' | 'worker') {
  const answer = await fetch(`${system.ops[part]}/readyz`);
  return { status: answer.status, ...((await answer.json()) as { degraded: string[] }) };
}

test('without the database every form is answered 503, with what was typed, and works when it is sent again', async () => {
  const { lead, path, task } = await aVisit();
  const fresh = new VisitorBrowser(system);
  const code = await fresh.askForCode();
  const agree = (await fresh.page('/register'))('[name=agree]').attr('value') ?? '';
  const forms: [typeof approver, string, Record<string, string>, number][] = [
    [fresh.agent, '/register', { phone: fresh.phone, code, agree }, 303],
    [lead.agent, '/profile', { ...lead.person, unit: '另一单位' }, 303],
    [lead.agent, `${path}/nudges`, { key: randomUUID() }, 303],
    [approver, `/inbox/${task}/return`, { request: randomUUID(), return_reason: '请写明器材清单' }, 303],
    [lead.agent, `${path}/cancellation`, { key: randomUUID() }, 303],
  ];
  database.swallow();
  const refused = await Promise.all(forms.map(([agent, to, form]) => post(agent, to, form)));
  expect(await stateOf('web')).toMatchObject({ status: 503, degraded: expect.arrayContaining(['postgres']) });
  expect(await stateOf('worker')).toMatchObject({ status: 503, degraded: expect.arrayContaining(['database']) });
  database.takeOver();
  for (const [n, { status, text }] of refused.entries()) {
    const [, to, typed] = forms[n] ?? [];
    expect(status, to).toBe(503);
    const form = load(text)('main form');
    expect(form.attr('action'), to).toBe(to);
    const fields = Object.fromEntries(form.serializeArray().map(({ name, value }) => [name, value]));
    expect(fields, to).toEqual(typed);
  }
  await until(async () => (await lead.agent.get('/reservations')).status === 200, 'the pages are back');
  for (const [agent, to, form, status] of forms) expect((await post(agent, to, form)).status, to).toBe(status);
}, 120_000);

test('without the engine what was asked is kept, said to be in progress, and done once it is back', async () => {
  const [{ lead, path, reservation }, other] = [await aVisit(), await aVisit()];
  engine.swallow();
  await lead.post(`${path}/cancellation`, { key: randomUUID() }).expect(303);
  expect((await lead.page(path))('.next').text()).toBe('已收到取消申请，正在办理，请稍候。');
  const decision = { request: randomUUID(), ...(await aRefusal(system.owner, '当天不便')) };
  expect((await post(approver, `/inbox/${other.task}/decision`, decision)).status).toBe(303);
  const waiting = load((await approver.get(`/inbox/${other.task}`)).text);
  expect(waiting('.state__title').text()).toBe('您的意见已保存，正在办理');
  expect(waiting('.verdict')).toHaveLength(0);
  expect(await stateOf('web')).toMatchObject({
    status: 200,
    degraded: expect.arrayContaining(['temporal', 'answers']),
  });
  const { status, degraded } = await stateOf('worker');
  expect({ status, degraded: degraded.toSorted() }).toEqual({ status: 503, degraded: ['polling', 'temporal'] });
  engine.comeBack();
  const outcomeOf = async (id: string) => (await system.owner('reservation').where({ id }).first()).outcome;
  await until(async () => (await outcomeOf(reservation)) === 'cancelled', 'the visit is cancelled', 90);
  await until(async () => (await outcomeOf(other.reservation)) === 'rejected', 'the other is refused', 90);
}, 240_000);
