import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openBrowser, openPhone, type Screen } from '../../e2e/browser.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';

/** What a browser does beside sending forms: another language, a page shown again. */

let system: System;
let browser: Browser;
const open: Screen[] = [];
beforeAll(async () => {
  [system, browser] = await Promise.all([startSystem({ start: ['sandbox', 'web', 'worker'] }), openBrowser()]);
});
afterEach(async () => {
  for (const screen of open.splice(0)) await screen.close();
});
afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

async function signedIn(): Promise<Page> {
  const visitor = await new VisitorBrowser(system).settle();
  const screen = await openPhone(browser);
  open.push(screen);
  const { agent } = visitor;
  const cookies = await agent.jar.getCookies({ domain: '127.0.0.1', path: '/', secure: false, script: false });
  await screen.context.addCookies(cookies.map(({ name, value }) => ({ name, value, url: system.web })));
  await screen.page.goto(`${system.web}/profile`);
  return screen.page;
}
const shownAgain = (page: Page) =>
  page.evaluate("void dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))");

test('language and care mode keep the page and what was typed into it', async () => {
  const page = await signedIn();
  await page.locator('[name=unit]').fill('云海大学图书馆');
  await page.getByRole('button', { name: 'English' }).click();
  await page.locator('html[lang=en]').waitFor();
  expect([new URL(page.url()).pathname, await page.locator('[name=unit]').inputValue()]).toEqual([
    '/profile',
    '云海大学图书馆',
  ]);
  await page.locator('[name=unit]').fill('另一个单位');
  await page.locator('[name=care]').click();
  await page.locator('html.care').waitFor();
  expect(await page.locator('[name=unit]').inputValue()).toBe('另一个单位');
});

test('a page that comes back shows nothing once its person has signed out, and keeps what is typed until then', async () => {
  const page = await signedIn();
  await page.locator('[name=unit]').fill('云海大学图书馆');
  await shownAgain(page);
  await page.locator('body:not([hidden])').waitFor();
  expect(await page.locator('[name=unit]').inputValue()).toBe('云海大学图书馆');

  await page.context().clearCookies();
  await shownAgain(page);
  await page.waitForURL(/\/register/);
});
