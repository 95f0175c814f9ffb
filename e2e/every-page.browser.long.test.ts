import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { languages } from '../platform/i18n.ts';
import { aVisitor, somebody } from '../testing/reservations.ts';
import { type System, startSystem } from '../testing/system.ts';
import { accessibilityProblems, openBrowser } from './browser.ts';
import { folder, nameOf } from './every-page/pictures.ts';
import { type Dress, screensOf } from './every-page/screens.ts';
import { lookAt } from './every-page/table.ts';
import { backAfterLong, buildWorld, type World, withPassword } from './every-page/world.ts';
import { problemsOf } from './small-screens/measure.ts';

/** Every page that there is, as its own person meets it on a phone, in both languages and in everything they may set. */

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

const smallest = { width: 320, height: 568 };

/** For ten minutes only the site waits for a document of somebody who was away for long, or for staff's code: they try anew. */
let idle = 0;
beforeEach(async () => {
  idle += 1;
  const phone = `139000071${String(idle).padStart(2, '0')}`;
  await aVisitor(system, { ...somebody, phone });
  world.people.idle = await backAfterLong(system, phone);
  world.people.halfway = await withPassword(system.web);
});

/** Goes to every page, in a screen of its person, and gathers what is wrong there. */
async function everyPage(dress: Dress, look: (page: Page) => Promise<string[]>): Promise<string[]> {
  const screens = screensOf(system, world, browser, dress);
  const wrong: string[] = [];
  try {
    for (const { as, path, kind, status } of Object.values(lookAt(world)).flat()) {
      if (kind !== 'page') continue;
      const page = await screens.of(as);
      const answer = await page.goto(system.web + path);
      const problems = await look(page);
      if (answer?.status() !== (status ?? 200)) problems.push(`answered ${answer?.status()}`);
      if (page.url() !== system.web + path) problems.push(`led to ${page.url()}`);
      wrong.push(...problems.map((problem) => `${as} ${path}: ${problem}`));
    }
  } finally {
    await screens.close();
  }
  return wrong;
}

const dresses: [string, Dress][] = [
  ['as it comes', {}],
  ['in the dark', { dark: true }],
  ['with large type and large targets', { care: true }],
];

describe.each(languages)('in %s', (language) => {
  test.each(dresses)('axe finds nothing on any page, %s', async (_, dress) => {
    expect(await everyPage({ ...dress, language }, accessibilityProblems)).toEqual([]);
  });

  // Colours change no sizes.
  test.each(dresses.filter(([, { dark }]) => !dark))(
    'every page fits the smallest phone, and at twice the size of type, %s',
    async (_, dress) => {
      const wrong = await everyPage({ ...dress, language }, async (page) => {
        await page.setViewportSize(smallest);
        const small = await problemsOf(page, dress.care ? 60 : 44);
        await page.evaluate(`document.documentElement.style.fontSize = '200%'`);
        const large = await problemsOf(page, 44);
        return [...small, ...large.map((problem) => `at twice the size of type: ${problem}`)];
      });
      expect(wrong).toEqual([]);
    },
  );
});

test('every page has its picture (npm run screens)', () => {
  const pictured = Object.entries(lookAt(world)).filter(([, looks]) => looks.some(({ kind }) => kind === 'page'));
  const missing = pictured.filter(([pattern]) => !existsSync(join(folder, `${nameOf(pattern, 0)}.webp`)));
  expect(missing.map(([pattern]) => pattern)).toEqual([]);
});
