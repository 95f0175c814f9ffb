import { randomUUID } from 'node:crypto';
import { load } from 'cheerio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noteEmergency } from '../../store/gates/emergency.ts';
import { createStaff } from '../../store/staff/staff.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { type System, startSystem } from '../../testing/system.ts';

/** The desk says afterwards what an entry without a pass was about. */

let system: System;
let campus: string;
let desk: Awaited<ReturnType<typeof staffBrowser>>;
beforeAll(async () => {
  system = await startSystem({ start: ['web'] });
  campus = (await system.owner('gate').where({ id: 'south' }).first()).campus_id;
  desk = await staffBrowser(system.web, 'security');
});
afterAll(() => system?.stop());

const day = 24 * 3_600_000;
async function anEntry(ago: number) {
  const id = randomUUID();
  const entry = { id, gate: 'south', campus, kind: 'fire' as const, at: Date.now() - ago, guard: null };
  expect(await noteEmergency(system.owner, entry)).toBe(true);
  expect(await noteEmergency(system.owner, entry)).toBe(false);
  return id;
}
const page = async (agent = desk) => load((await agent.get('/security/emergencies').expect(200)).text);
const complete = (id: string, words: string, agent = desk) =>
  agent.post(`/security/emergencies/${id}/completion`).type('form').send({ words });
const row = (id: string) => system.owner('emergency_entry').where({ id }).first();

test('an entry waits on the desk’s pages, with the time that is left; one that waits too long says so', async () => {
  const [fresh, old] = [await anEntry(0), await anEntry(2 * day)];
  const $ = await page();
  const card = (id: string) => $(`[aria-labelledby="entry-${id}"]`).text();
  expect(card(fresh)).toMatch(/消防[\s\S]*南门[\s\S]*请在/);
  expect([card(fresh), card(old)].map((text) => text.includes('已逾期'))).toEqual([false, true]);
  expect(
    load((await desk.get('/security').expect(200)).text)('.badge--bad')
      .first()
      .text(),
  ).toBe('2 条待补充');
  await complete(old, '误报,已离开').expect(303);
});

test('it is completed once, in words that are kept sealed', async () => {
  const id = await anEntry(0);
  for (const [words, said] of [
    [' ', '请填写事由与去向。'],
    ['长'.repeat(501), '最多 500 个字。'],
  ] as const) {
    const $ = load((await complete(id, words).expect(422)).text);
    const card = $(`[aria-labelledby="entry-${id}"]`);
    expect([card.find('[role=alert]').text(), card.find('textarea').text()]).toEqual([said, words.trim()]);
  }
  await complete(id, '两辆消防车到图书馆').expect(303);
  expect((await page())(`[aria-labelledby="entry-${id}"]`).text()).toContain('两辆消防车到图书馆');
  expect((await row(id)).words_enc.includes('消防车')).toBe(false);
  const $ = load((await complete(id, '另一种说法').expect(409)).text);
  expect($('[role=alert]').text()).toContain('已有人补充');
  const trail = await system.owner('audit').where({ action: 'emergency_completed' });
  expect(trail.filter(({ detail }) => detail.entry === id)).toHaveLength(1);
});

test('another campus’s desk sees nothing of it, and completes nothing', async () => {
  const id = await anEntry(0);
  const [far] = await system.owner('campus').insert({ number: 9, name_zh: '东校区', name_en: 'East' }).returning('id');
  const of = { campus_id: far.id, name_zh: '东校区保卫处', name_en: 'East security' };
  const [department] = await system.owner('department').insert(of).returning('id');
  const password = 'correct horse battery';
  const roles = [{ role: 'security' as const, department: department.id }];
  await createStaff(system.db, { username: 'far-desk', password, name: '外校区值班', roles });
  const elsewhere = await staffBrowser(system.web, { username: 'far-desk', password });
  expect((await page(elsewhere))(`[aria-labelledby="entry-${id}"]`).length).toBe(0);
  await complete(id, '与我无关', elsewhere).expect(409);
  expect((await row(id)).completed_at).toBeNull();
});
