import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { load } from 'cheerio';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { anApprovedVisit } from '../../../testing/approved.ts';
import { staffBrowser } from '../../../testing/staff-browser.ts';
import { type System, startSystem } from '../../../testing/system.ts';
import { until } from '../../../testing/until.ts';

/** Other systems are told what happens to visits, by Standard Webhooks; the receiver checks with the standard's own library. */

let system: System;
let receiver: Server;
let address: string;
let admin: Awaited<ReturnType<typeof staffBrowser>>;
const heard: { path: string; headers: IncomingHttpHeaders; body: string }[] = [];
let answer: { status: number; headers?: Record<string, string> } = { status: 204 };

beforeAll(async () => {
  receiver = createServer(async (req, res) => {
    let body = '';
    for await (const chunk of req) body += chunk;
    heard.push({ path: req.url ?? '', headers: req.headers, body });
    res.writeHead(answer.status, answer.headers).end();
  });
  await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done));
  address = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hooks`;
  system = await startSystem({ start: ['sandbox', 'worker', 'web'], logLevel: 'silent' });
  admin = await staffBrowser(system.web, 'admin');
});
afterAll(async () => {
  await system?.stop();
  receiver?.close();
});
beforeEach(async () => {
  await system.owner('webhook').whereNull('ended_at').update({ ended_at: new Date(), ended_why: 'stopped' });
  heard.length = 0;
  answer = { status: 204 };
});

const events = ['visit.requested', 'visit.approved', 'visit.ready', 'visit.ended'];
const form = (body: object) => admin.post('/admin/webhooks').type('form').send(body);
async function aWebhook(more: object = {}): Promise<{ at: string; secret: string }> {
  const made = await form({ label: '停车场', url: address, event: events, ...more }).expect(303);
  const at = made.headers.location?.split('?')[0] ?? '';
  return { at, secret: await shownSecret(at) };
}
async function shownSecret(at: string): Promise<string> {
  const page = load((await admin.get(at).expect(200)).text);
  expect(load((await admin.get(at).expect(200)).text)('textarea'), 'it is shown once').toHaveLength(0);
  return page('textarea').text().trim();
}
const post = (path: string) => admin.post(path).type('form').send({}).expect(303);
const pageOf = async (at: string) =>
  load((await admin.get(at).expect(200)).text)('main')
    .text()
    .replace(/\s+/g, ' ');
const ended = (at: string) =>
  until(
    () =>
      system
        .owner('webhook_delivery')
        .where({ webhook_id: at.split('/').at(-1) })
        .whereNotNull('ended_at')
        .first(),
    'a delivery ends',
  );
const tried = (at: string, times: number) =>
  until(async () => {
    const of = system
      .owner('webhook_delivery')
      .where({ webhook_id: at.split('/').at(-1) })
      .select('id');
    return (await system.owner('webhook_attempt').whereIn('delivery_id', of)).length >= times || undefined;
  }, `${times} tries are written`);
const told = (type: string) =>
  until(() => heard.find(({ body }) => JSON.parse(body).type === type), `the receiver hears ${type}`);

test('a visit is told from request to pass, signed, in ids and times alone', async () => {
  const { secret } = await aWebhook();
  const visit = await anApprovedVisit(system, { who: { name: '欧阳测试' } });
  for (const type of ['visit.requested', 'visit.approved', 'visit.ready']) {
    const { headers, body } = await told(type);
    expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toMatchObject({
      type,
      data: { visit: visit.reservation, channel: 'personal', persons: 1 },
    });
    expect(() => new Webhook(secret).verify(`${body} `, headers as Record<string, string>)).toThrow();
    for (const personal of ['欧阳测试', visit.phone, visit.document, '王建国']) expect(body).not.toContain(personal);
  }
  const sequences = heard.map(({ body }) => [JSON.parse(body).data.sequence, JSON.parse(body).data.stage]);
  expect(new Set(sequences.map(([sequence]) => sequence)).size).toBe(3);
  expect(new Set(heard.map(({ headers }) => headers['webhook-id'])).size, 'each has an id of its own').toBe(3);
});

describe('a receiver that does not take it', () => {
  test('hears the same again with the same id, also long after it was given up, when an admin says so', async () => {
    answer = { status: 500 };
    const { at } = await aWebhook();
    await post(`${at}/trials`);
    await tried(at, 1);
    expect(await pageOf(at)).toMatch(/答复 500.*毫秒/);
    // The tenth try is the last.
    const row = system.owner('webhook_delivery').where({ webhook_id: at.split('/').at(-1) });
    await row.clone().update({ attempts: 9, next_at: new Date() });
    expect((await ended(at)).result).toBe('given_up');
    expect(
      load((await admin.get('/admin/faults').expect(200)).text)('#webhooks')
        .parent()
        .text(),
    ).toContain('停车场');
    answer = { status: 204 };
    const { id } = await row.clone().first('id');
    await post(`${at}/deliveries/${id}/repetition`);
    await until(() => row.clone().where({ result: 'delivered' }).first(), 'it arrives');
    expect(heard.map(({ headers }) => headers['webhook-id'])).toEqual([id, id, id]);
    expect(await pageOf(at)).toMatch(/已送达.*答复 500.*答复 500.*答复 204/);
  });

  test('410 ends it, and the office is told', async () => {
    answer = { status: 410 };
    const { at } = await aWebhook({ label: '已拆除的停车场' });
    await post(`${at}/trials`);
    expect((await ended(at)).result).toBe('gone');
    expect(await pageOf(at)).toContain('接收方已下线');
    expect((await admin.get('/admin/faults')).text).toContain('已拆除的停车场');
    await post(`${at}/trials`);
    expect(await system.owner('webhook_delivery').where({ webhook_id: at.split('/').at(-1) })).toHaveLength(1);
  });

  test('a redirect leads nowhere', async () => {
    answer = { status: 307, headers: { location: `${system.ops.web}/metrics` } };
    const { at } = await aWebhook();
    await post(`${at}/trials`);
    await tried(at, 1);
    expect(heard.map(({ path }) => path)).toEqual(['/hooks']);
    expect(await pageOf(at)).toContain('答复 307');
  });
});

test('both secrets sign for a day after a new one was made', async () => {
  const { at, secret } = await aWebhook();
  await post(`${at}/secrets`);
  const next = await shownSecret(at);
  expect(next).not.toBe(secret);
  await post(`${at}/trials`);
  const { headers, body } = await told('webhook.trial');
  for (const one of [secret, next]) new Webhook(one).verify(body, headers as Record<string, string>);
  expect(String(headers['webhook-signature']).split(' ')).toHaveLength(2);
});

test('one that is stopped hears nothing more, and every act is in the audit', async () => {
  const { at } = await aWebhook();
  await post(`${at}/stop`);
  await anApprovedVisit(system);
  const id = at.split('/').at(-1);
  expect(await system.owner('webhook_delivery').where({ webhook_id: id })).toEqual([]);
  expect(await system.owner('audit').where({ subject_id: id }).orderBy('id').pluck('action')).toEqual([
    'webhook_made',
    'webhook_stopped',
  ]);
});

test.each([
  ['no name', { label: ' ' }, 'label'],
  ['no address', { url: 'park' }, 'url'],
  ['no TLS', { url: 'http://park.example.edu/' }, 'url'],
  ['a password in it', { url: 'https://me:secret@park.example.edu/' }, 'url'],
  ['an address inside', { url: 'https://10.0.0.8/hooks' }, 'url'],
  ['an address inside as one number', { url: 'https://167772168/hooks' }, 'url'],
  ['an address inside, written as a new one', { url: 'https://[::ffff:10.0.0.8]/' }, 'url'],
  ['no event', { event: [] }, 'event'],
])('refused, with what was typed: %s', async (_name, more, field) => {
  const page = load((await form({ label: '门禁', url: address, event: events, ...more }).expect(422)).text);
  expect(page(`#field-${field}-error`).text()).not.toBe('');
  if (field !== 'label') expect(page('#field-label').val()).toBe('门禁');
  if (field !== 'event') expect(page('[name=event]:checked')).toHaveLength(events.length);
});

test('nobody but an admin comes near', async () => {
  for (const who of ['approver', 'security', 'auditor'] as const) {
    const staff = await staffBrowser(system.web, who);
    await staff.get('/admin/webhooks').expect(404);
    await staff.post('/admin/webhooks').type('form').send({ label: '门禁', url: address, event: events }).expect(404);
  }
});
