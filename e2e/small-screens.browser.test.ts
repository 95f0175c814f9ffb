import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type System, startSystem } from '../testing/system.ts';
import { accessibilityProblems, openBrowser } from './browser.ts';
import { type Dress, screensOf } from './every-page/screens.ts';
import { buildWorld, type Who, type World } from './every-page/world.ts';
import { PassPage } from './pages/pass.ts';
import { readQrFrom } from './qr.ts';
import { controlsOf, focusOf, problemsOf } from './small-screens/measure.ts';

/**
 * The smallest phone that is still in use, with large type, in the dark, and for a person who has only a keyboard: the main
 * pages, each day. Every page in everything that can be set is e2e/every-page.browser.long.test.ts.
 */

const smallest = { width: 320, height: 568 };

let system: System;
let browser: Browser;
let world: World;
beforeAll(async () => {
  [system, browser] = await Promise.all([startSystem({ start: ['sandbox', 'worker', 'web'] }), openBrowser()]);
  world = await buildWorld(system);
}, 150_000);
afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

const mainPages = (): [Who, string][] => [
  ['visitor', '/'],
  ['visitor', '/reservations/new?channel=personal'],
  ['visitor', `/passes/${world.approved.pass}`],
  ['stranger', '/profile'],
  ['anybody', '/register'],
  ['admin', '/admin/policies'],
  ['admin', '/admin/content/departments'],
];

async function onMainPages(dress: Dress, look: (page: Page, path: string) => Promise<void>): Promise<void> {
  const screens = screensOf(system, world, browser, dress);
  try {
    for (const [who, path] of mainPages()) {
      const page = await screens.of(who);
      await page.setViewportSize(smallest);
      await page.goto(system.web + path);
      await look(page, path);
    }
  } finally {
    await screens.close();
  }
}

describe.each<[string, Dress, { large?: boolean }]>([
  ['at twice the size of type', {}, { large: true }],
  ['in English, with large type and large targets, in the dark', { care: true, language: 'en', dark: true }, {}],
])('at 320 × 568 %s', (_, dress, { large }) => {
  test('the main pages fit, everything can be pressed, and axe finds nothing', async () => {
    const wrong: string[] = [];
    await onMainPages(dress, async (page, path) => {
      if (large) await page.evaluate(`document.documentElement.style.fontSize = '200%'`);
      const problems = [...(await problemsOf(page, dress.care ? 60 : 44)), ...(await accessibilityProblems(page))];
      wrong.push(...problems.map((problem) => `${path}: ${problem}`));
    });
    expect(wrong).toEqual([]);
  });
});

test('the keyboard alone reaches everything, and where it is can be seen', async () => {
  await onMainPages({}, async (page, path) => {
    const wanted = await controlsOf(page);
    const met: string[] = [];
    const unseen: string[] = [];
    for (let n = 0; n < wanted.length + 3; n += 1) {
      await page.keyboard.press('Tab');
      const { name, visible } = await focusOf(page);
      met.push(name);
      if (!visible && !name.startsWith('body')) unseen.push(name);
    }
    expect(met[0], path).toBe('a “跳到主要内容”');
    expect(unseen, path).toEqual([]);
    expect(
      wanted.filter((name) => !met.includes(name)),
      path,
    ).toEqual([]);
  });
});

test('a scanner reads the pass of a phone that is set to dark colours', async () => {
  const screens = screensOf(system, world, browser, { dark: true });
  try {
    const page = await screens.of('visitor');
    await page.goto(`${system.web}/passes/${world.approved.pass}`);
    await new PassPage(page).qr().waitFor();
    expect(await readQrFrom(new PassPage(page).qr())).toMatch(/^XM1:/);
  } finally {
    await screens.close();
  }
});
