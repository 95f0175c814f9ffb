import { randomUUID } from 'node:crypto';
import { load } from 'cheerio';
import { aCancellation } from '../../../testing/asked-visits.ts';
import { staffAt } from '../../../testing/bad-input/ground.ts';
import { aSubmittedReservation, somebody, untilReservation } from '../../../testing/reservations.ts';
import type { System } from '../../../testing/system.ts';
import { until } from '../../../testing/until.ts';
import type { MakeGround } from '../entry.ts';

/** Fees at the security desk: the campus charges for vehicles, as the world's pages show. */

let phones = 4_000;

/** A visit of now that comes by car, approved. */
async function unpaid(system: System) {
  phones += 1;
  const who = { ...somebody, phone: `1378800${phones}`, plate: '京A12345' };
  const window = { from: new Date(Date.now() - 60_000), until: new Date(Date.now() + 3_600_000) };
  const visit = await aSubmittedReservation(system, { who, channel: 'personal', ...window });
  const { send } = await staffAt(system, 'approver', `/inbox/${visit.task}/decision`);
  await send({ request: randomUUID(), verdict: 'approved' });
  await untilReservation(system, visit.reservation, ({ stage }) => stage === 'payment');
  return visit;
}

const deskOf = (reservation: string) => `/security/visits/${reservation}`;

export const feeDue: MakeGround = async (system) => {
  const { reservation } = await unpaid(system);
  return { agent: (await staffAt(system, 'security', '/')).agent, path: deskOf(reservation) };
};

/** It was paid in cash, and called off. */
export const cashBack: MakeGround = async (system) => {
  const visit = await unpaid(system);
  const path = deskOf(visit.reservation);
  const { agent, send } = await staffAt(system, 'security', `${path}/cash`);
  // A visit that goes on past midnight costs two days.
  const amount = String(load((await agent.get(path)).text)('[name=amount]').val());
  await send({ key: randomUUID(), amount });
  await untilReservation(system, visit.reservation, ({ stage }) => stage === 'visit');
  await aCancellation(system, visit);
  const waits = { status: 'counter', done_at: null };
  const orders = system.owner('payment_order').where({ reservation_id: visit.reservation }).select('id');
  await until(() => system.owner('payment_refund').where(waits).whereIn('order_id', orders).first(), 'cash goes back');
  return { agent, path };
};
