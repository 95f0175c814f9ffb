import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aSubmittedReservation, aWaitingTask, somebody } from '../testing/reservations.ts';
import { ownGround } from '../testing/system/ground.ts';
import { type System, staffLogins, startSystem } from '../testing/system.ts';
import { accessibilityProblems, openBrowser, openDesk, openPhone } from './browser.ts';
import { StaffLogin } from './pages/staff.ts';

/** Staff pages as they are drawn: nothing axe objects to, nothing that scrolls sideways, on phone and desk. */

let system: System;
let browser: Browser;
let task: string;
let reservation: string;
beforeAll(async () => {
  // Of its own, since the shared engine shows no pages.
  [system, browser] = await Promise.all([startSystem({ ground: await ownGround() }), openBrowser()]);
  ({ task, reservation } = await aSubmittedReservation(system, { note: '带两箱设备，\n请在南门接。' }));
  await aWaitingTask(system, { who: { ...somebody, name: '王芳', phone: '13000000018' }, channel: 'official' });
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

async function problems(page: Page): Promise<string[]> {
  const sideways = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  const found = await accessibilityProblems(page);
  return Number(sideways) > 0 ? [...found, `scrolls sideways by ${sideways}`] : found;
}

test('the login, the inbox and a task on a phone', async () => {
  const { page, close } = await openPhone(browser);
  await page.goto(`${system.web}/staff/login`);
  await page.getByRole('button', { name: '登录' }).click();
  await page.getByText('用户名不能为空').waitFor();
  expect(await problems(page)).toEqual([]);
  await new StaffLogin(page).signIn(system.web, staffLogins.approver);
  await page.goto(`${system.web}/inbox`);
  expect(await problems(page)).toEqual([]);
  const tabs = await Promise.all((await page.locator('.inbox-tabs a').all()).map((tab) => tab.boundingBox()));
  expect(tabs).toHaveLength(5);
  expect(new Set(tabs.map((tab) => tab?.y)).size, 'lines of the tabs').toBe(1);
  await page.goto(`${system.web}/inbox/${task}`);
  const claim = await page.getByRole('button', { name: '认领' }).boundingBox();
  expect(Math.min(claim?.width ?? 0, claim?.height ?? 0)).toBeGreaterThanOrEqual(44);
  await page.getByRole('button', { name: '不同意' }).click();
  await page.getByText('请选择不同意的原因').waitFor();
  expect(await problems(page)).toEqual([]);
  await close();
});

test('list and task beside each other on a desk, and the keyboard leads through them without deciding', async () => {
  const { page, close } = await openDesk(browser);
  await new StaffLogin(page).signIn(system.web, staffLogins.approver);
  await page.goto(`${system.web}/inbox?lang=en`);
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await page.keyboard.press('x');
  expect(await page.locator('#tasks input:checked').count()).toBe(1);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/inbox\/[0-9a-f-]{36}/);
  await page.goto(`${system.web}/inbox/${task}`);
  expect(await problems(page)).toEqual([]);
  const [list, read] = await Promise.all(['#tasks', '#task'].map((part) => page.locator(part).boundingBox()));
  expect((list?.x ?? 0) + (list?.width ?? 0)).toBeLessThan(read?.x ?? 0);
  const focused = () => page.evaluate('document.activeElement.value || document.activeElement.name');
  await page.keyboard.press('a');
  expect(await focused()).toBe('approved');
  await page.keyboard.press('r');
  expect(await focused()).toBe('refused_for');
  await page.locator('#field-reason').focus();
  await page.keyboard.type('ajax?');
  expect(await focused()).toBe('ajax?');
  await page.locator('h1').click();
  await page.keyboard.press('?');
  await page.getByRole('dialog').waitFor();
  expect(await problems(page)).toEqual([]);
  expect(await system.owner('task').where({ id: task }).first('status')).toEqual({ status: 'open' });
  await close();
});

test('a task that comes meanwhile is in the list and in the title without a reload', async () => {
  const { page, close } = await openDesk(browser);
  await new StaffLogin(page).signIn(system.web, staffLogins.approver);
  await page.clock.install();
  await page.goto(`${system.web}/inbox`);
  const before = Number(/^\((\d+)\)/.exec(await page.title())?.[1]);
  await page.evaluate('document.body.dataset.same = "yes"');
  const made = await aWaitingTask(system, { who: { ...somebody, name: '钱新来', phone: '13000000019' } });
  await page.clock.runFor(16_000);
  await page.locator(`#tasks a[href="/inbox/${made.task}"]`).waitFor();
  expect(await page.title()).toMatch(`(${before + 1}) `);
  expect(await page.evaluate('document.body.dataset.same')).toBe('yes');
  await close();
});

test.each([
  ['phone', openPhone, ''],
  ['desk', openDesk, '?lang=en'],
] as const)('the admin pages, empty and full, on a %s', async (_, open, language) => {
  const { page, close } = await open(browser);
  await new StaffLogin(page).signIn(system.web, staffLogins.admin);
  for (const path of ['/inbox', '/admin/reservations', '/admin/faults', `/admin/reservations/${reservation}`]) {
    await page.goto(system.web + path + language);
    expect(await problems(page), path).toEqual([]);
  }
  await page.goto(`${system.web}/admin/reservations?day=2020-01-01`);
  expect(await problems(page)).toEqual([]);
  await page.goto(`${system.web}/admin/reservations/${reservation}`);
  await page.getByText('查看完整证件号', { exact: true }).first().click();
  await page.getByRole('textbox', { name: '查看理由' }).fill('核对身份');
  await page.getByRole('button', { name: '查看', exact: true }).click();
  await page.getByText(somebody.document).waitFor();
  expect(await problems(page)).toEqual([]);
  await close();
});

test('an admin reads a history with its payloads decoded, and finds nothing there to press', async () => {
  const { page, close } = await openDesk(browser);
  await new StaffLogin(page).signIn(system.web, staffLogins.admin);
  await page.goto(`${system.web}/admin/reservations/${reservation}`);
  await page.getByRole('link', { name: '打开流程历史' }).click();
  await page.getByText(`"${reservation}"`).first().waitFor({ timeout: 90_000 });
  const buttons = page.getByRole('button', { name: /Request Cancellation|More Actions/ });
  for (const button of await buttons.all()) expect(await button.isDisabled()).toBe(true);
  await close();
});
