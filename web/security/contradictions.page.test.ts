import { randomUUID } from 'node:crypto';
import { load } from 'cheerio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GateEvent } from '../../domain/projection.ts';
import { minute, second } from '../../domain/time.ts';
import { saveStaffContact } from '../../store/messages/staff-contact.ts';
import { recordLateEvent } from '../../store/reservations/projection.ts';
import { anApprovedVisit } from '../../testing/approved.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';

/** Gates that were apart let in what one that knew everything would not have. */

let system: System;
let desk: Awaited<ReturnType<typeof staffBrowser>>;
let admin: Awaited<ReturnType<typeof staffBrowser>>;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
  const guard = (await system.owner('staff').where({ username: 'security' }).first()).id;
  const said = { email: 'desk@example.edu', language: 'zh-CN', digest: false, quiet: true } as const;
  await saveStaffContact(system.db, system.cipher, guard, said);
  desk = await staffBrowser(system.web, 'security');
  admin = await staffBrowser(system.web, 'admin');
});
afterAll(() => system?.stop());

const listed = async (agent: typeof desk, path: string) => {
  const $ = load((await agent.get(path).expect(200)).text);
  return $('[aria-labelledby=contradictions] li')
    .map((_, line) => $(line).text().replace(/\s+/g, ' ').trim())
    .get();
};
const calls = (reservation: string) =>
  system.owner('staff_message').where({ reservation_id: reservation, kind: 'entry_contradicted' });
const told = async (reservation: string, change: Partial<GateEvent>) => {
  const now = Date.now();
  const of = { event: randomUUID(), reservation, ordinal: 0, gate: 'south', direction: 'in', method: 'qr' } as const;
  const event: GateEvent = { ...of, at: now, version: 1, step: 7, ...change };
  await recordLateEvent(system.db, event);
  return event;
};

test('one pass at two gates is found when the second tells, and goes when an entry was none', async () => {
  const { reservation } = await anApprovedVisit(system, { who: { name: '司徒两处' } });
  const now = Date.now();
  await told(reservation, { gate: 'east', at: now });
  expect(await listed(desk, '/security')).toEqual([]);
  // South was offline: it tells later of what happened before.
  const earlier = await told(reservation, { gate: 'south', at: now - minute });
  for (const [agent, path] of [
    [desk, '/security'],
    [admin, '/admin/faults'],
  ] as const) {
    const lines = await listed(agent, path);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/东门放行.*从南门入校/);
    expect(lines[0]).not.toContain('司徒');
  }
  // The desk is told, at any hour, once.
  const isSent = async () => (await calls(reservation)).every(({ status }) => status === 'sent');
  await until(isSent, 'the desk is told');
  expect(await calls(reservation)).toHaveLength(1);
  await recordLateEvent(system.db, { ...earlier, annulled: now });
  expect(await listed(desk, '/security')).toEqual([]);
  expect(await system.owner('gate_contradiction')).toMatchObject([
    { kind: 'entered_twice', ended_at: expect.any(Date) },
  ]);
});

test('an entry by a pass that was revoked by then is found with the time, once', async () => {
  const { reservation } = await anApprovedVisit(system, { who: { name: '司徒撤销' } });
  const revoked = new Date(Date.now() - minute);
  await system.owner('pass').where({ reservation_id: reservation }).update({ revoked_at: revoked });
  await told(reservation, { at: revoked.getTime() - second, gate: 'south' });
  expect(await listed(desk, '/security')).toEqual([]);
  const event = await told(reservation, { at: revoked.getTime() + second, gate: 'south', step: 9 });
  await recordLateEvent(system.db, event);
  const lines = await listed(desk, '/security');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/南门放行，该凭证已于 .* 撤销/);
  expect(await calls(reservation)).toHaveLength(1);
});
