import { randomUUID } from 'node:crypto';
import { load } from 'cheerio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { day, hour, minute } from '../../domain/time.ts';
import { aParty } from '../../testing/party.ts';
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

async function aVisit(window: { from: Date; until: Date }) {
  const lead = await new VisitorBrowser(system).settle();
  const made = await aParty(system, [lead.phone], window);
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
  await system.parts.worker.start();
  await untilAnswered(reservation);

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
}, 120_000);
