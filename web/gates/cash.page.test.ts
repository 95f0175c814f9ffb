import { randomUUID } from 'node:crypto';
import { load } from 'cheerio';
import request from 'supertest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { feedHeaders } from '../../domain/feed.ts';
import { type GateAsk, gateAskText } from '../../domain/gate-ask.ts';
import { readGateKeys } from '../../platform/keys.ts';
import { createSigner } from '../../platform/signing.ts';
import { aCancellation } from '../../testing/asked-visits.ts';
import { aSubmittedReservation, somebody, untilReservation } from '../../testing/reservations.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';

/** A visitor without a phone stands before the barrier with a plate: cash at the gate, at the desk, and back again. */

let system: System;
let cookie = '';
let guard = '';
const price = 1_000;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web', 'gate-south'] });
  const { campus_id: campus } = await system.owner('gate').where({ id: 'south' }).first();
  const row = { ordinary: price, new_energy: 0, special: 0 };
  const table = { per: 'visit', amounts: { personal: row, official: row }, payWithin: 24, refundsShorter: true };
  await system.owner('fee_table').insert({ campus_id: campus, version: 1, document: JSON.stringify(table) });
  guard = (await system.owner('staff').where({ username: 'security' }).first()).id;
  const answer = await post('/login', { secret: system.gates.south.pin });
  cookie = answer.get('Set-Cookie')?.[0]?.split(';')[0] ?? '';
});
afterAll(() => system?.stop());

const post = (path: string, fields: object) =>
  request(system.gates.south.url)
    .post(path)
    .set({ 'Sec-Fetch-Site': 'same-origin', Cookie: cookie })
    .type('form')
    .send(fields);

let people = 0;
async function toPay() {
  people += 1;
  const who = { ...somebody, phone: `1371000${String(people).padStart(4, '0')}`, plate: `京B1234${people}` };
  const window = { from: new Date(Date.now() - 60_000), until: new Date(Date.now() + 3_600_000) };
  const visit = await aSubmittedReservation(system, { who, ...window });
  const approver = await staffBrowser(system.web, 'approver');
  const decision = { request: randomUUID(), verdict: 'approved' };
  await approver.post(`/inbox/${visit.task}/decision`).type('form').send(decision).expect(303);
  await reaches(visit.reservation, 'payment');
  const task = load((await approver.get(`/inbox/${visit.task}`).expect(200)).text);
  expect(task('#stays').text()).toContain('访问时间已经开始');
  return { ...visit, plate: who.plate };
}
const reaches = (reservation: string, stage: string) =>
  untilReservation(system, reservation, (found) => found.stage === stage);
const orders = (reservation: string) => system.owner('payment_order').where({ reservation_id: reservation });
const looksUp = async (plate: string) => load((await post('/cash/searches', { plate })).text);
/** The form that the guard sends, as the gate's page has it. */
const noteForm = ($: ReturnType<typeof load>) =>
  Object.fromEntries([
    ...$('form[action="/cash"] input').map((_, one) => [[$(one).attr('name'), $(one).attr('value')]]),
    ['guard', guard],
  ]);

test('the guard finds the vehicle by its plate, takes the money, notes it once, and the pass follows', async () => {
  const { reservation, plate } = await toPay();
  expect((await looksUp('京B00000'))('[role=alert]').text()).toContain('没有需要缴纳的费用');
  const $ = await looksUp(` ${plate.toLowerCase()} `);
  expect([$('.sum').text(), $('.due .party').text()]).toEqual(['¥10.00', `欧**满 · ${plate}`]);
  const form = noteForm($);
  const twice = await Promise.all([post('/cash', form), post('/cash', form)]);
  for (const { text } of twice) expect(load(text)('[role=status]').text()).toContain('已登记 ¥10.00');
  await reaches(reservation, 'visit');
  expect(await orders(reservation)).toMatchObject([
    { method: 'cash', amount: price, status: 'paid', taken_by: guard, submission_id: expect.any(String) },
  ]);
  const acts = await system.owner('audit').where({ action: 'cash_noted', subject_id: reservation });
  expect(acts).toMatchObject([
    { actor_kind: 'gate', actor_id: 'south', detail: { amount: price, guard, order: form.id } },
  ]);
  expect((await looksUp(plate))('.due')).toHaveLength(0);
});

test('nothing is noted without contact, and the gate says so before money changes hands; a lost answer counts once', async () => {
  const { reservation, plate } = await toPay();
  const form = noteForm(await looksUp(plate));
  await system.parts.web.stop();
  const away = await post('/cash/searches', { plate });
  expect([away.status, load(away.text)('[role=alert]').text()]).toEqual([503, expect.stringContaining('请先不要收钱')]);
  const lost = await post('/cash', form);
  const $ = load(lost.text);
  expect([lost.status, $('[role=alert]').text()]).toEqual([503, expect.stringContaining('不要再收一次钱')]);
  expect(await orders(reservation)).toEqual([]);
  await system.parts.web.start();
  const again = Object.fromEntries(
    $('form.due input')
      .toArray()
      .map((one) => [$(one).attr('name'), $(one).attr('value')]),
  );
  expect(again.id).toBe(form.id);
  for (let n = 0; n < 2; n += 1) expect((await post('/cash', again)).status).toBe(200);
  expect(await orders(reservation)).toHaveLength(1);
});

test('another sum than is due, money from somebody who takes none, and a payment that is not due note nothing', async () => {
  const { reservation, plate } = await toPay();
  const form = noteForm(await looksUp(plate));
  const approver = (await system.owner('staff').where({ username: 'approver' }).first()).id;
  const refused = async (change: object) => {
    const answer = await post('/cash', { ...form, ...change });
    return [answer.status, load(answer.text)('[role=alert]').text()];
  };
  expect(await refused({ amount: String(price - 1) })).toEqual([409, expect.stringContaining('费用有变化')]);
  expect(await refused({ guard: approver })).toEqual([409, expect.stringContaining('请选择收款人')]);
  expect(await refused({ reservation: randomUUID() })).toEqual([409, expect.stringContaining('请把钱退给访客')]);
  expect(await refused({ amount: '-1' })).toEqual([400, expect.stringContaining('没有登记')]);
  expect(await orders(reservation)).toEqual([]);
});

test('only a gate that signs is answered, whatever it is asked', async () => {
  const keys = readGateKeys(system.env['gate-south'].KEYS_DIR ?? '');
  const body = JSON.stringify({ plate: '京B12341' });
  const ask = (change: { gate?: string; time?: number; body?: string; ask?: GateAsk }) => {
    const said = { ask: 'cash-search' as GateAsk, gate: 'south', time: Date.now(), body, ...change };
    const signature = createSigner(keys.identity.private)(Buffer.from(gateAskText(said))).toString('base64');
    return request(system.web)
      .post('/gates/south/cash/searches')
      .set(feedHeaders.time, String(said.time))
      .set(feedHeaders.signature, signature)
      .set('Content-Type', 'application/json')
      .send(body);
  };
  expect((await ask({})).status).toBe(200);
  for (const change of [{ gate: 'east' }, { body: '{}' }, { ask: 'cash-note' as const }]) {
    const answer = await ask(change);
    expect([answer.status, answer.body]).toEqual([401, { code: 'not_accepted' }]);
  }
  expect((await ask({ time: Date.now() - 600_000 })).body).toEqual({ code: 'clock' });
});

test('the desk takes cash too, and pays out what goes back, once', async () => {
  const visit = await toPay();
  const desk = await staffBrowser(system.web, 'security');
  const path = `/security/visits/${visit.reservation}`;
  const page = async () => load((await desk.get(path).expect(200)).text);
  const $ = await page();
  const form = { key: $('[name=key]').val(), amount: $('[name=amount]').val() };
  const other = await desk
    .post(`${path}/cash`)
    .type('form')
    .send({ ...form, amount: '1' });
  expect([other.status, load(other.text)('[role=alert]').text()]).toEqual([409, expect.stringContaining('费用有变化')]);
  for (let n = 0; n < 2; n += 1) await desk.post(`${path}/cash`).type('form').send(form).expect(303);
  await reaches(visit.reservation, 'visit');
  expect(await orders(visit.reservation)).toMatchObject([{ method: 'cash', amount: price, taken_by: guard }]);
  await aCancellation(system, visit);
  await reaches(visit.reservation, 'closed');
  const refund = await until(async () => (await page())('[name=refund]').val(), 'the cash waits at the counter');
  for (let n = 0; n < 2; n += 1) await desk.post(`${path}/payouts`).type('form').send({ refund }).expect(303);
  const acts = await system.owner('audit').where({ subject_id: refund }).pluck('action');
  expect(acts).toEqual(['refund_paid_out']);
  expect((await page())('[name=refund]')).toHaveLength(0);
  const admin = await staffBrowser(system.web, 'admin');
  const days = load((await admin.get('/admin/payments').expect(200)).text)('[aria-labelledby=cash-title] tbody tr');
  // Three were taken by this person, and one went back.
  expect(days.text().match(/¥[\d.]+/g)).toEqual(['¥30.00', '¥10.00']);
});
