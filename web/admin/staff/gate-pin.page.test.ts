import { load } from 'cheerio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifyPassword } from '../../../platform/password.ts';
import { createStaff } from '../../../store/staff/staff.ts';
import { staffBrowser } from '../../../testing/staff-browser.ts';
import { type System, startSystem } from '../../../testing/system.ts';

/** An admin gives a guard a PIN for gates, another one, and takes it away. */

let system: System;
let admin: Awaited<ReturnType<typeof staffBrowser>>;
beforeAll(async () => {
  system = await startSystem({ start: ['web'] });
  admin = await staffBrowser(system.web, 'admin');
});
afterAll(() => system?.stop());

const page = async (id: string) => load((await admin.get(`/admin/staff/${id}`).expect(200)).text);
const make = (id: string) => admin.post(`/admin/staff/${id}/gate-pin`);
const kept = (id: string) => system.owner('gate_pin').where({ staff_id: id }).first();
const acts = (id: string) =>
  system.owner('audit').where({ subject_kind: 'staff', subject_id: id }).orderBy('id').pluck('action');

test('a guard’s PIN is shown once, kept as a hash, replaced and taken away, each in the audit', async () => {
  const id = await createStaff(system.db, { username: 'guard.one', name: '王卫', roles: [{ role: 'security' }] });
  const shown: string[] = [];
  for (let time = 0; time < 2; time += 1) {
    await make(id).expect(303);
    const $ = await page(id);
    shown.push($('.pin').text());
    expect($('body').text()).toContain('guard.one');
    expect((await page(id))('.pin').length).toBe(0);
  }
  const [first = '', second = ''] = shown;
  expect(shown).toEqual([expect.stringMatching(/^\d{8}$/), expect.stringMatching(/^\d{8}$/)]);
  const { pin_hash: hash } = await kept(id);
  expect([await verifyPassword(second, hash), await verifyPassword(first, hash)]).toEqual([true, first === second]);

  await admin.post(`/admin/staff/${id}/gate-pin/removal`).expect(303);
  expect(await kept(id)).toBeUndefined();
  expect(await acts(id)).toEqual(['staff_gate_pin_made', 'staff_gate_pin_made', 'staff_gate_pin_removed']);
});

test('whoever is not of the security desk gets none, and whoever leaves has none', async () => {
  const host = await createStaff(system.db, { username: 'host.one', name: '李主', roles: [{ role: 'host' }] });
  expect((await page(host))('form[action$="/gate-pin"]').length).toBe(0);
  expect(load((await make(host).expect(409)).text)('[role=alert]').text()).toContain('安保');
  expect(await kept(host)).toBeUndefined();

  const guard = await createStaff(system.db, { username: 'guard.two', name: '赵安', roles: [{ role: 'security' }] });
  await make(guard).expect(303);
  await admin.post(`/admin/staff/${guard}/departure`).expect(303);
  expect(await kept(guard)).toBeUndefined();
});
