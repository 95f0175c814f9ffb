import { randomUUID } from 'node:crypto';
import { load } from 'cheerio';
import type { OverstayTimes } from '../domain/overstay.ts';
import { aSubmittedReservation, type Somebody, somebody, untilReservation } from './reservations.ts';
import { staffBrowser } from './staff-browser.ts';
import type { System } from './system.ts';

let next = 13_680_000_000;

/**
 * A visit approved in the inbox: its pass was issued by the worker, and its row says so. Everybody has a phone number of
 * their own, which no `VisitorBrowser` has: both count on from file to file.
 * `looked`: from the task's page, so that what the approver saw is kept with the decision.
 */
export async function anApprovedVisit(
  system: System,
  wish: { who?: Partial<Somebody>; looked?: boolean; until?: Date; overstay?: OverstayTimes } = {},
) {
  const who = { ...somebody, phone: String(++next), ...wish.who };
  const { until: end = new Date(Date.now() + 3_600_000), overstay } = wish;
  const window = { from: new Date(Date.now() - 5 * 60_000), until: end };
  const visit = await aSubmittedReservation(system, { who, ...window, ...(overstay && { overstay }) });
  const approver = await staffBrowser(system.web, 'approver');
  const seen = wish.looked && load((await approver.get(`/inbox/${visit.task}`)).text)('input[name=seen]').val();
  const decision = { request: randomUUID(), verdict: 'approved', ...(seen && { seen }) };
  await approver.post(`/inbox/${visit.task}/decision`).type('form').send(decision).expect(303);
  // The pass is there a moment before: its workflow would still write the row that a test changes.
  await untilReservation(system, visit.reservation, ({ stage }) => stage === 'visit');
  const pass = await system.db('pass').where({ reservation_id: visit.reservation }).first();
  return { ...visit, pass: pass.id as string, phone: who.phone, document: who.document };
}
