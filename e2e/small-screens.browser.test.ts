import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type System, startSystem } from '../testing/system.ts';
import { accessibilityProblems, openBrowser, openPhone, type ScreenOptions } from './browser.ts';
import { buildWorld, type World } from './every-page/world.ts';
import { controlsOf, focusOf, problemsOf } from './small-screens/measure.ts';

/** The smallest phone that is still in use, with large type, in the dark, and for whoever has only a keyboard. */

const smallest = { width: 320, height: 568 };

let system: System;
let browser: Browser;
let world: World;
let cookies: { name: string; value: string; url: string }[];
beforeAll(async () => {
  [system, browser] = await Promise.all([startSystem({ start: ['sandbox', 'worker', 'web'] }), openBrowser()]);
  world = await buildWorld(system);
  const asked = world.people.visitor.get('/');
  cookies = (asked as unknown as { cookies: string }).cookies.split('; ').map((pair) => {
    const [name = '', ...value] = pair.split('=');
    return { name, value: value.join('='), url: system.web };
  });
  await asked;
});
afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

interface Screen extends ScreenOptions {
  /** 关怀版 */
  care?: boolean;
  /** Twice the size of type. */
  large?: boolean;
}

/** The pages of a visit, as their visitor meets them. */
function pages(): string[] {
  const { approved, waiting, book } = world;
  return [
    ...['/', '/profile', '/profile/plates', '/profile/photos', '/reservations', `/reservations/${waiting.reservation}`],
    ...['/reservations/new?channel=personal', `/reservations/new?channel=personal&party=${book.party}`],
    ...[`/reservations/${approved.reservation}/changes`, `/passes/${approved.pass}`, '/companions', '/companions/new'],
    ...[
      `/companions?party=${book.party}`,
      `/guardians/new?for=${book.child}`,
      '/account',
      '/account/phone',
      '/privacy',
    ],
  ];
}
const mainPages = () => ['/', '/reservations/new?channel=personal', `/passes/${world.approved.pass}`];
const strangersPages = () => ['/register', `/passes/${world.approved.pass}`, '/guide/getting-here', '/nowhere'];

async function withPhone<T>(screen: Screen, isVisitor: boolean, look: (page: Page) => Promise<T>): Promise<T> {
  const { page, context, close } = await openPhone(browser, screen);
  try {
    await page.setViewportSize(smallest);
    const care = screen.care ? [{ name: 'xiaomen-care', value: 'on', url: system.web }] : [];
    await context.addCookies([...(isVisitor ? cookies : []), ...care]);
    return await look(page);
  } finally {
    await close();
  }
}

async function open(page: Page, path: string, { large }: Screen): Promise<void> {
  await page.goto(system.web + path);
  if (large) await page.evaluate(`document.documentElement.style.fontSize = '200%'`);
}

describe.each<[string, Screen, { axe: 'main' | 'none' }]>([
  ['in Chinese', {}, { axe: 'none' }],
  ['in English', { language: 'en' }, { axe: 'none' }],
  ['for whoever needs large type and large targets', { care: true }, { axe: 'main' }],
  [
    'in English with large type and large targets, in the dark',
    { care: true, language: 'en', dark: true },
    { axe: 'none' },
  ],
  ['in the dark at twice the size of type', { dark: true, large: true }, { axe: 'main' }],
  ['in English at twice the size of type', { language: 'en', large: true }, { axe: 'none' }],
])('at 320 × 568 %s', (_, screen, { axe }) => {
  test('every page fits, and everything can be pressed', async () => {
    const wrong: string[] = [];
    const examine = (paths: string[]) => async (page: Page) => {
      for (const path of paths) {
        await open(page, path, screen);
        const problems = await problemsOf(page, screen.care ? 60 : 44);
        if (axe === 'main' && mainPages().includes(path)) problems.push(...(await accessibilityProblems(page)));
        wrong.push(...problems.map((problem) => `${path}: ${problem}`));
      }
    };
    await withPhone(screen, true, examine(pages()));
    await withPhone(screen, false, examine(strangersPages()));
    expect(wrong).toEqual([]);
  });
});

test('the keyboard alone reaches everything, and where it is can be seen', async () => {
  await withPhone({}, true, async (page) => {
    for (const path of mainPages()) {
      await open(page, path, {});
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
    }
  });
});
