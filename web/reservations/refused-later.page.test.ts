import { randomUUID } from 'node:crypto';
import { load } from 'cheerio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { day, hour, minute } from '../../domain/time.ts';
import { answerRequest, keepRequest } from '../../store/reservations/request.ts';
import { aParty } from '../../testing/party.ts';
import { aPhone } from '../../testing/passes.ts';
import { untilReservation } from '../../testing/reservations.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';
import { entered, reservationWorkflowId } from '../../workflows/messages/reservation.ts';

/** Asked while the worker was away, and refused once it was back: whoever asked is told. */

let system: System;
let approver: Awaited<ReturnType<typeof staffBrowser>>;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
  approver = await staffBrowser(system.web, 'approver');
}, 120_000);
afterAll(() => system?.stop());

const at = (fromNow: number) => new Date(Math.floor((Date.now() + fromNow) / minute) * minute);
const say = (task: string, verdict: string, reason = '') =>
  approver.post(`/inbox/${task}/decision`).type('form').send({ request: randomUUID(), verdict, reason });

async function aVisit(window: { from: Date; until: Date }, along: VisitorBrowser[] = []) {
  const lead = await new VisitorBrowser(system).settle();
  const made = await aParty(system, [lead.phone, ...along.map(({ phone }) => phone)], window);
  return { ...made, lead, path: `/reservations/${made.reservation}` };
}
const untilAnswered = (reservation: string) =>
  until(
    async () => !(await system.owner('request').where({ reservation_id: reservation, status: 'pending' }).first('id')),
    'every request is answered',
    60,
  );
const notices = async (visitor: VisitorBrowser, path: string) =>
  (await visitor.page(path))('.notice--failed')
    .toArray()
    .map((one) => load(one).text().trim());

/** The message about the refusal of the last request of a kind. */
const messageOf = (reservation: string, kind: string) =>
  system
    .owner('message as m')
    .join('request as q', 'q.id', 'm.request_id')
    .where({ 'q.reservation_id': reservation, 'q.kind': kind, 'm.kind': 'request_refused' })
    .orderBy('m.created_at', 'desc')
    .first('m.*');
/** A minute later, for messages that wait. */
const aMinuteLater = () =>
  system.owner('message').where({ kind: 'request_refused', status: 'pending' }).update({ next_try_at: new Date() });
const textsTo = async (phone: string): Promise<string[]> => {
  const answer = await fetch(`${system.sandbox}/inspect/sms?phone=${phone}`);
  return ((await answer.json()) as { text: string }[]).map(({ text }) => text);
};

test('a cancellation refused later is told at home and on its page until it was seen', async () => {
  const { reservation, task, lead, path } = await aVisit({ from: at(-minute), until: at(hour) });
  await say(task, 'approved').expect(303);
  await untilReservation(system, reservation, ({ stage }) => stage === 'visit');
  await system.parts.worker.stop();
  await system.client.workflow.getHandle(reservationWorkflowId(reservation)).signal(entered, {
    event: randomUUID(),
    reservation,
    ordinal: 0,
    gate: 'south',
    direction: 'in',
    method: 'qr',
    at: Date.now(),
  });
  await lead.post(`${path}/cancellation`, { key: randomUUID() }).expect(303);
  expect((await lead.page(path))('.next').text()).toBe('已收到取消申请，正在办理，请稍候。');
  expect(await notices(lead, path)).toEqual([]);
  const readyz = async () => (await fetch(`${system.ops.web}/readyz`)).json();
  await until(async () => JSON.stringify(await readyz()) === '{"ready":true,"degraded":["answers"]}', 'web says so');
  await system.parts.worker.start();
  await untilAnswered(reservation);

  // While nobody looks, a message tells of it after a minute, once.
  const message = await messageOf(reservation, 'cancel');
  expect(message).toMatchObject({ status: 'pending', queued: true });
  expect(message.next_try_at.getTime()).toBeGreaterThan(Date.now() + minute / 2);
  await aMinuteLater();
  await until(async () => (await messageOf(reservation, 'cancel')).status === 'sent', 'the message');
  const texts = await textsTo(lead.phone);
  expect(texts.filter((text) => text.includes('申请未办成'))).toHaveLength(1);

  const told = /^您于 .+ 提出的“取消预约”没有办成：您已入校，不能取消本次预约。离校后预约会自动结束。$/;
  expect(await notices(lead, '/')).toEqual([expect.stringMatching(told)]);
  expect((await lead.page('/'))('a.notice--failed').attr('href')).toBe(path);
  expect(await notices(lead, path)).toEqual([expect.stringMatching(told)]);
  // The page may be loaded anew; a while later it was seen.
  expect(await notices(lead, path)).toHaveLength(1);
  const left = await system.owner('request').where({ reservation_id: reservation, kind: 'cancel' }).first();
  expect(left.tell_until.getTime()).toBeLessThan(Date.now() + 11 * minute);
  await system.owner('request').where({ id: left.id }).update({ tell_until: new Date() });
  expect(await notices(lead, '/')).toEqual([]);
  expect(await notices(lead, path)).toEqual([]);
}, 120_000);

test('what is refused while the page waits is told there, and nowhere else', async () => {
  const { reservation, task, lead, path } = await aVisit({ from: at(day), until: at(day + hour) });
  await say(task, 'approved').expect(303);
  await untilReservation(system, reservation, ({ stage }) => stage === 'visit');
  const refused = await lead.post(`${path}/nudges`, { key: randomUUID() }).expect(409);
  expect(load(refused.text)('.notice--failed')).toHaveLength(1);
  expect(await messageOf(reservation, 'nudge')).toMatchObject({ status: 'page' });
  expect(await notices(lead, '/')).toEqual([]);
  expect(await notices(lead, path)).toEqual([]);
});

test('an approver is told in the inbox and at the task', async () => {
  const { reservation, task, lead, path } = await aVisit({ from: at(day), until: at(day + hour) });
  await system.parts.worker.stop();
  await lead.post(`${path}/cancellation`, { key: randomUUID() }).expect(303);
  await say(task, 'approved').expect(303);
  await system.parts.worker.start();
  await untilAnswered(reservation);
  const told = /^您于 .+ 提出的“审批”没有办成：/;
  const inbox = load((await approver.get('/inbox').expect(200)).text)('a.notice--failed');
  expect(inbox.text().trim()).toMatch(told);
  expect(inbox.attr('href')).toBe(`/inbox/${task}`);
  const page = load((await approver.get(`/inbox/${task}`).expect(200)).text);
  expect(page('.notice--failed').text()).toMatch(told);
  // Nobody else is: the visitor did not ask for it.
  expect(await notices(lead, path)).toEqual([]);
  expect(await messageOf(reservation, 'decide')).toBeUndefined();
}, 120_000);

test('a companion whose details came too late is told at home, on the page of the visit and by a message', async () => {
  const along = await new VisitorBrowser(system).settle();
  const { reservation, lead, path } = await aVisit({ from: at(day), until: at(day + hour) }, [along]);
  const whose = { phone_hash: system.index('phone', along.phone) };
  const { id: visitor } = await system.owner('visitor').where(whose).first();
  const { submission_id: submission } = await system.owner('reservation').where({ id: reservation }).first();
  const refuse = () =>
    system.db.transaction(async (trx) => {
      const id = randomUUID();
      const actor = { kind: 'visitor', id: visitor } as const;
      await keepRequest(trx, { id, reservation, kind: 'person_ready', actor, payload: { submission, ordinal: 1 } });
      await answerRequest(trx, id, { ok: false, code: 'not_awaited' });
    });
  await refuse();
  const told = /^同行访客于 .+ 完善的信息没有加入本次预约：该同行访客已完善信息或已不在本次预约中。$/;
  expect(await notices(along, '/')).toEqual([expect.stringMatching(told)]);
  // Read at home: it is not sent besides.
  expect(await messageOf(reservation, 'person_ready')).toMatchObject({ status: 'page', visitor_id: visitor });
  expect(await notices(along, path)).toEqual([expect.stringMatching(told)]);
  expect(await notices(lead, path)).toEqual([]);
  await refuse();
  await aMinuteLater();
  await until(async () => (await messageOf(reservation, 'person_ready')).status === 'sent', 'the message');
  const texts = await textsTo(along.phone);
  expect(texts.filter((text) => text.includes('申请未办成'))).toHaveLength(1);

  // Not of the visit any more: there is no other page to read it on.
  expect((await along.page('/'))('a.notice--failed').first().attr('href')).toBe(path);
  await system
    .owner('request')
    .where({ actor_id: visitor })
    .update({ tell_until: at(day) });
  await system
    .owner('reservation')
    .where({ id: reservation })
    .update({ ordinals: [0] });
  await along.page(path, 404);
  expect((await along.page('/'))('p.notice--failed')).toHaveLength(2);
  const left = await system.owner('request').where({ actor_id: visitor, kind: 'person_ready' });
  expect(left.every(({ tell_until }) => tell_until.getTime() < Date.now() + 11 * minute)).toBe(true);
}, 120_000);

test('what was asked for on the page of a pass is told there, until it was done after all', async () => {
  const { reservation, task, lead, path } = await aVisit({ from: at(-minute), until: at(hour) });
  await say(task, 'approved').expect(303);
  await untilReservation(system, reservation, ({ stage }) => stage === 'visit');
  const { id: pass } = await system.owner('pass').where({ reservation_id: reservation }).first();
  const door = new VisitorBrowser(system);
  const page = `/passes/${pass}`;
  await system.parts.worker.stop();
  const bind = { key: Buffer.from(aPhone().key).toString('base64'), request: randomUUID() };
  await lead.post(`${page}/bindings`, bind).expect(202);
  for (let tries = 0; tries < 5; tries += 1) await door.post(`${page}/opening`, { code: 'none' }).expect(422);
  expect([await notices(lead, page), await notices(door, page)]).toEqual([[], []]);
  const pending = await system.owner('request').where({ reservation_id: reservation, status: 'pending' });
  expect(pending.map(({ kind }) => kind).toSorted()).toEqual(['bind_phone', 'resend_code']);
  for (const { id } of pending) await answerRequest(system.db, id, { ok: false, code: 'busy' });

  const notBound = /^于 .+ 在手机上绑定通行凭证没有办成：这次预约正在办理的事项太多/;
  expect(await notices(lead, page)).toEqual([expect.stringMatching(notBound)]);
  expect(await notices(door, page)).toEqual(['新的访客验证码没有发送。请向预约人索取，或请预约人登录后查看。']);
  expect([await notices(lead, '/'), await notices(lead, path)]).toEqual([[], []]);
  expect(await system.owner('message').where({ reservation_id: reservation, kind: 'request_refused' })).toEqual([]);
  await system.parts.worker.start();
  await lead.post(`${page}/bindings`, { ...bind, request: randomUUID() });
  await untilAnswered(reservation);
  expect(await notices(lead, page)).toEqual([]);
  expect(await notices(door, page)).toHaveLength(1);
  await system.owner('request').where({ reservation_id: reservation }).update({ tell_until: new Date() });
  expect(await notices(door, page)).toEqual([]);
}, 120_000);
