import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type System, staffLogins, startSystem } from '../testing/system.ts';
import { accessibilityProblems, openBrowser, openDesk } from './browser.ts';
import { StaffLogin } from './pages/staff.ts';

/**
 * What an office edits, as it is drawn on a desk: nothing axe objects to, nothing that scrolls sideways. The same pages on
 * a phone, and in English, are walked by e2e/every-page.browser.long.test.ts.
 */

let system: System;
let browser: Browser;
let campus: string;
beforeAll(async () => {
  [system, browser] = await Promise.all([startSystem({ start: ['web'] }), openBrowser()]);
  campus = (await system.owner('campus').first()).id;
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

/** A folder for pictures, when somebody wants to look. */
const look = async (page: Page, name: string) => {
  if (process.env.XIAOMEN_PICTURES)
    await page.screenshot({ path: `${process.env.XIAOMEN_PICTURES}/${name}.png`, fullPage: true });
};

test('every page of the content on a desk', async () => {
  const { page, close } = await openDesk(browser);
  await new StaffLogin(page).signIn(system.web, staffLogins.admin);
  const paths = [
    '',
    '/university',
    `/campuses/${campus}`,
    '/gates/east',
    '/departments',
    '/reasons/new',
    '/closed-days',
    '/calendar',
    '/calendar/2027-01-01',
    '/office-hours',
  ];
  for (const path of [...paths, '/notices/filling', '/notices/privacy/versions/1']) {
    await page.goto(`${system.web}/admin/content${path}`);
    expect(await problems(page), path).toEqual([]);
    await look(page, `admin-content${path.replaceAll('/', '-').replace(campus, 'one')}`);
  }
  await close();
});

test('an office sees what is wrong, looks at a text as visitors will see it, and publishes it', async () => {
  const { page, close } = await openDesk(browser);
  await new StaffLogin(page).signIn(system.web, staffLogins.admin);
  await page.goto(`${system.web}/admin/content`);
  await page.getByRole('link', { name: '校门：东门' }).click();
  await page.getByRole('textbox', { name: '英文名称' }).fill('');
  await page.getByRole('button', { name: '保存' }).click();
  await page.getByText('此项不能为空').waitFor();
  expect(await problems(page)).toEqual([]);
  await look(page, 'admin-content-wrong');

  await page.goto(`${system.web}/admin/content`);
  await page.getByRole('link', { name: '食堂餐饮' }).click();
  await page.getByRole('textbox', { name: '中文正文' }).fill('## 今日停餐\n\n第二食堂今日停餐，请到**第一食堂**。');
  await page
    .getByRole('textbox', { name: '英文正文' })
    .fill('## Closed today\n\nCanteen 2 is closed. Please go to **Canteen 1**.');
  await page.getByRole('button', { name: '预览' }).click();
  await page.getByRole('heading', { name: '今日停餐' }).waitFor();
  await page.getByRole('heading', { name: 'Closed today' }).waitFor();
  expect(await problems(page)).toEqual([]);
  await look(page, 'admin-content-preview');
  await page.getByRole('button', { name: '发布' }).click();
  await page.getByText('第 2 版已发布。').waitFor();
  await close();
});
