import { randomUUID } from 'node:crypto';
import { load } from 'cheerio';
import { aSubmittedReservation, type Somebody, somebody } from './reservations.ts';
import { staffBrowser } from './staff-browser.ts';
import type { System } from './system.ts';
import { until } from './until.ts';

let next = 0;

/**
 * A visit approved in the inbox: its pass was issued by the worker. Everybody has a phone number of their own.
 * `looked`: from the task's page, so that what the approver saw is kept with the decision.
 */
export async function anApprovedVisit(system: System, wish: { who?: Partial<Somebody>; looked?: boolean } = {}) {
  const who = { ...somebody, phone: `1390000${String(++next).padStart(4, '0')}`, ...wish.who };
  const window = { from: new Date(Date.now() - 5 * 60_000), until: new Date(Date.now() + 3_600_000) };
  const visit = await aSubmittedReservation(system, { who, ...window });
  const approver = await staffBrowser(system.web, 'approver');
  const seen = wish.looked && load((await approver.get(`/inbox/${visit.task}`)).text)('input[name=seen]').val();
  const decision = { request: randomUUID(), verdict: 'approved', ...(seen && { seen }) };
  await approver.post(`/inbox/${visit.task}/decision`).type('form').send(decision).expect(303);
  const pass = await until(() => system.db('pass').where({ reservation_id: visit.reservation }).first(), 'a pass');
  return { ...visit, pass: pass.id as string, phone: who.phone, document: who.document };
}
