import { load } from 'cheerio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hour, second } from '../../domain/time.ts';
import { createStaff } from '../../store/staff/staff.ts';
import { anApprovedVisit } from '../../testing/approved.ts';
import { seenAtGate } from '../../testing/seen-at-gate.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { type System, startSystem } from '../../testing/system.ts';

let system: System;
let campus: string;
let desk: Awaited<ReturnType<typeof staffBrowser>>;
let elsewhere: Awaited<ReturnType<typeof staffBrowser>>;
beforeAll(async () => {
  system = await startSystem();
  campus = (await system.owner('gate').where({ id: 'south' }).first()).campus_id;
  const [far] = await system.owner('campus').insert({ number: 9, name_zh: '东校区', name_en: 'East' }).returning('id');
  const of = { campus_id: far.id, name_zh: '东校区保卫处', name_en: 'East security' };
  const [other] = await system.owner('department').insert(of).returning('id');
  const password = 'correct horse battery';
  const roles = [{ role: 'security' as const, department: other.id }];
  await createStaff(system.db, { username: 'far-desk', password, name: '外校区值班', roles });
  desk = await staffBrowser(system.web, 'security');
  elsewhere = await staffBrowser(system.web, { username: 'far-desk', password });
});
afterAll(() => system?.stop());

const seen = (reservation: string, direction: 'in' | 'out', ago: number) =>
  seenAtGate(system.owner, reservation, direction, ago);
const page = async (agent: typeof desk) => load((await agent.get('/security/inside').expect(200)).text);
const evacuation = async (agent: typeof desk) => {
  const { headers } = await agent.post('/security/evacuations').expect(303);
  return load((await agent.get(String(headers.location)).expect(200)).text);
};
const text = ($: ReturnType<typeof load>) => $('main').text().replace(/\s+/g, ' ');

test('the desk sees who is inside and who should have left; whole names only in an emergency, and never of another campus', async () => {
  expect(text(await page(desk))).toContain('没有访客在校');
  const visit = (name: string) => anApprovedVisit(system, { who: { name } });
  const [inside, left, late, revoked] = [
    await visit('司徒在校'),
    await visit('司徒离校'),
    await visit('司徒逾时'),
    await visit('司徒撤销'),
  ];
  for (const { reservation } of [inside, left, late, revoked]) await seen(reservation, 'in', 2 * second);
  await seen(left.reservation, 'out', second);
  const over = { stage: 'closed', closed_at: new Date() };
  await system
    .owner('reservation')
    .where({ id: late.reservation })
    .update({ ...over, outcome: 'completed', visit_until: new Date(Date.now() - second) });
  await system
    .owner('reservation')
    .where({ id: revoked.reservation })
    .update({ ...over, outcome: 'revoked' });

  // Where nobody records exits, what is over is over, and the page says what it does not know.
  await system.owner('campus').where({ id: campus }).update({ exits_recorded: false });
  const guessed = text(await page(desk));
  expect(guessed).toContain('司**校');
  expect(guessed).not.toMatch(/司\*\*时|司\*\*销/);
  expect(guessed).toContain('不登记离校');

  await system.owner('campus').where({ id: campus }).update({ exits_recorded: true });
  const listed = await page(desk);
  expect(
    listed('tbody tr')
      .map((_, row) => listed(row).find('td').first().text().trim())
      .get(),
    'who should be out the longest comes first',
  ).toEqual(['司**时', '司**校', '司**销']);
  expect(listed('tbody tr').first().text()).toContain('超时未离校');
  expect(text(listed)).toContain('南门');
  expect(text(listed)).not.toContain('不登记离校');
  expect(listed.html()).not.toMatch(/司徒|1368000/);

  const paper = await evacuation(desk);
  for (const name of ['司徒逾时', '司徒在校', '司徒撤销']) expect(text(paper)).toContain(name);
  expect(text(paper)).not.toContain('司徒离校');
  expect(text(paper)).toContain(inside.phone);
  expect(paper.html()).not.toContain(inside.document);
  const recorded = await system.owner('audit').where({ action: 'evacuation_listed' });
  const looked = await system.owner('audit').where({ action: 'inside_listed' });
  expect(looked, 'the page asks again by itself, which is one look').toHaveLength(1);
  expect(recorded).toMatchObject([{ actor_kind: 'staff', detail: { found: 3 } }]);

  expect(text(await page(elsewhere))).toContain('没有访客在校');
  expect(text(await evacuation(elsewhere))).toContain('没有访客在校');
  const approver = await staffBrowser(system.web, 'approver');
  await approver.get('/security/inside').expect(404);
  await approver.post('/security/evacuations').expect(404);
});

test('somebody whose data was deleted is still counted, without a name', async () => {
  const visit = await anApprovedVisit(system, { who: { name: '司徒无名' } });
  await seen(visit.reservation, 'in', hour / 2);
  const gone = { name_enc: null, phone_enc: null, erased_at: new Date() };
  const rows = () => text(evacuated).match(/已删除/g)?.length ?? 0;
  let evacuated = await evacuation(desk);
  const before = rows();
  await system.owner('reservation_person').where({ reservation_id: visit.reservation }).update(gone);
  evacuated = await evacuation(desk);
  expect(rows()).toBe(before + 1);
});
