import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createStaff } from '../store/staff/staff.ts';
import { anApprovedVisit } from '../testing/approved.ts';
import { seenAtGate } from '../testing/seen-at-gate.ts';
import { type System, staffLogins, startSystem } from '../testing/system.ts';
import { accessibilityProblems, openBrowser, openTablet } from './browser.ts';
import { StaffLogin } from './pages/staff.ts';

/** The security desk on a tablet: who is inside, and an evacuation with two tablets, one of them without a network. */

let system: System;
let browser: Browser;
const second = { username: 'second-desk', password: 'correct horse battery' };
beforeAll(async () => {
  [system, browser] = await Promise.all([startSystem({ start: ['sandbox', 'worker', 'web'] }), openBrowser()]);
  await system.owner('campus').update({ exits_recorded: true });
  await createStaff(system.db, { ...second, name: '第二值班', roles: [{ role: 'security' }] });
  for (const name of ['司徒甲', '司徒乙']) {
    const { reservation } = await anApprovedVisit(system, { who: { name } });
    await seenAtGate(system.owner, reservation, 'in', 60_000);
  }
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

const rowOf = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name });
const mark = (page: Page, name: string) => rowOf(page, name).getByRole('button').tap();

test('two tablets mark people as safe, one of them offline, and both come to the same set', async () => {
  const [one, other] = [await openTablet(browser), await openTablet(browser)];
  await new StaffLogin(one.page).signIn(system.web, staffLogins.security);
  await new StaffLogin(other.page).signIn(system.web, second);
  for (const { page } of [one, other]) {
    await page.goto(`${system.web}/security/inside`);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole('button', { name: '撤离名单' }).tap();
    await page.waitForURL(/\/security\/evacuations\/[0-9a-f-]{36}$/);
    expect(await accessibilityProblems(page)).toEqual([]);
  }
  expect(other.page.url()).toBe(one.page.url());
  const button = await rowOf(one.page, '司徒甲').getByRole('button').boundingBox();
  expect(Math.min(button?.width ?? 0, button?.height ?? 0)).toBeGreaterThanOrEqual(44);

  await other.context.setOffline(true);
  await other.page.getByLabel('集合点').fill('操场');
  await mark(other.page, '司徒乙');
  await rowOf(other.page, '司徒乙').getByText('已安全 · 操场').waitFor();
  await other.page.getByText('没有网络：1 条标记').waitFor();
  await mark(one.page, '司徒甲');
  await one.page.getByText('所有标记都已保存').waitFor();
  expect(await system.owner('evacuation_mark')).toHaveLength(1);

  await other.context.setOffline(false);
  await rowOf(one.page, '司徒乙')
    .getByText(/已安全 · .*操场/)
    .waitFor();
  await rowOf(other.page, '司徒甲').getByText('已安全').waitFor();
  for (const { page } of [one, other]) expect(await page.locator('#left').textContent()).toBe('0');
  expect(await system.owner('evacuation_mark')).toHaveLength(2);

  // Whoever is not logged in any more is told that, and not of a network.
  await other.context.clearCookies();
  await other.page.getByText('请重新登录').waitFor();

  await one.page.goto(`${one.page.url()}?lang=en`);
  await one.page.getByText('Assembly point').waitFor();
  expect(await accessibilityProblems(one.page)).toEqual([]);
  await one.page.emulateMedia({ media: 'print' });
  expect(await one.page.getByLabel('Assembly point').isVisible()).toBe(false);
  await one.close();
  await other.close();
});
