import { randomUUID } from 'node:crypto';
import { load } from 'cheerio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hour, second } from '../../domain/time.ts';
import { anApprovedVisit } from '../../testing/approved.ts';
import { sayForwarded } from '../../testing/process-content.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';
import { entered, reservationWorkflowId } from '../../workflows/messages/reservation.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
  await system.owner('campus').update({ exits_recorded: true });
  const end = new Date(Date.now() + 30 * second);
  [asked, left] = await Promise.all([cameIn('司徒还在', end), cameIn('司徒已走', end)]);
  await sayForwarded(system.owner, end);
  for (const { reservation } of [asked, left]) {
    await until(() => system.db('reservation').where({ id: reservation, overstay: 1 }).first(), 'they are asked');
  }
}, 120_000);
afterAll(() => system?.stop());

const overstay = { ask: 0, again: hour, security: 2 * hour, close: 3 * hour };
let asked: Awaited<ReturnType<typeof cameIn>>;
let left: typeof asked;
async function cameIn(name: string, end: Date) {
  const visit = await anApprovedVisit(system, { who: { name }, until: end, overstay });
  const of = { reservation: visit.reservation, ordinal: 0, gate: 'south', direction: 'in', method: 'qr' } as const;
  const handle = system.client.workflow.getHandle(reservationWorkflowId(visit.reservation));
  await handle.signal(entered, { ...of, event: randomUUID(), at: end.getTime() - second });
  await until(() => system.db('gate_event').where({ reservation_id: visit.reservation }).first(), 'the entry');
  return visit;
}
const closed = (reservation: string) =>
  until(() => system.db('reservation').where({ id: reservation, stage: 'closed' }).first(), 'the visit is over');
const text = ($: ReturnType<typeof load>) => $('main').text().replace(/\s+/g, ' ');

test('a visitor who was not seen leaving says by one button that they have left, or asks for more time', async () => {
  const { reservation, phone } = asked;
  const visitor = new VisitorBrowser(system, { phone });
  await visitor.register();
  const at = `/reservations/${reservation}`;
  const $ = await visitor.page(at);
  expect(text($)).toContain('闸机没有登记您离校');
  expect($(`a[href="${at}/extension"]`).text()).toContain('还需要时间');
  const extension = await visitor.page(`${at}/extension`);
  const day = extension('[name=until_day]').val();
  expect(day, 'the form begins after now').toBeTruthy();

  const key = String($(`form[action="${at}/exits"] [name=key]`).val());
  await visitor.post(`${at}/exits`, { key }).expect(303);
  await visitor.post(`${at}/exits`, { key }).expect(303);
  expect(await closed(reservation)).toMatchObject({ outcome: 'completed', came: [0], exit_unseen: [0] });
  expect(text(await visitor.page(at))).toContain('闸机没有看到离校');
  const stranger = new VisitorBrowser(system, { phone: '13811112222' });
  await stranger.register();
  await stranger.agree();
  await stranger.post(`${at}/exits`, { key }).expect(404);
  expect(await system.owner('audit').where({ action: 'leaving_said', subject_id: reservation })).toHaveLength(1);
});

test('whoever approved the visit says it by one button, sees names in part, and nobody else may', async () => {
  const { reservation } = left;
  const at = `/staff/visits/${reservation}/departure`;
  const host = await staffBrowser(system.web, 'approver');
  const page = load((await host.get(at).expect(200)).text);
  expect(text(page)).toContain('司**走');
  expect(page.html()).not.toMatch(/司徒/);
  expect(page.html()).not.toContain(left.phone);
  const key = String(page('form [name=key]').val());
  const others = await staffBrowser(system.web, 'otherApprover');
  await others.get(at).expect(404);
  await others.post(at).type('form').send({ key }).expect(404);

  await host.post(at).type('form').send({ key }).expect(303);
  await closed(reservation);
  expect(text(load((await host.get(at).expect(200)).text))).toContain('已确认离校');
  const again = await host.post(at).type('form').send({ key: randomUUID() }).expect(409);
  expect(again.text).toContain('这一预约已结束');
  const desk = await staffBrowser(system.web, 'security');
  expect(text(load((await desk.get('/security/inside').expect(200)).text))).not.toContain('司**走');
});
