import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { type System, startSystem } from '../testing/system.ts';
import { openBrowser, openDesk, openPhone, type Screen, type ScreenOptions } from './browser.ts';
import { aVisitor, type Visitor, windowOf } from './people.ts';
import type { PlainBrowser } from './plain-browser.ts';
import { plainBrowserOf, register } from './plain-walk.ts';
import { department } from './walk.ts';

export interface Stage {
  readonly system: System;
  /** A phone or a desk of its own, closed when the test is over. */
  phone(options?: ScreenOptions): Promise<Page>;
  desk(options?: ScreenOptions): Promise<Page>;
  /** Somebody who was not here before. */
  newVisitor(): Visitor;
  /** Somebody registered, on a phone that shows 访客首页; how one comes there is walked in the journey. */
  settled(options?: ScreenOptions): Promise<Settled>;
}

interface Settled {
  visitor: Visitor;
  page: Page;
  /** The same session without a screen, for ways that need not be looked at. */
  plain: PlainBrowser;
}

/** A whole product and a browser for the tests of one file. */
export function openStage(): Stage {
  let system: System;
  let browser: Browser;
  const screens: Screen[] = [];
  let visitors = 0;

  beforeAll(async () => {
    [system, browser] = await Promise.all([startSystem(), openBrowser()]);
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await tellWhereTheyStood(screens);
    await Promise.all(screens.splice(0).map((screen) => screen.close()));
  });
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
  });

  async function opened(opening: Promise<Screen>): Promise<Page> {
    const screen = await opening;
    screens.push(screen);
    return screen.page;
  }
  const stage: Stage = {
    get system() {
      return system;
    },
    phone: (options) => opened(openPhone(browser, options)),
    desk: (options) => opened(openDesk(browser, options)),
    newVisitor() {
      visitors += 1;
      return aVisitor(visitors);
    },
    async settled(options) {
      const visitor = stage.newVisitor();
      const plain = plainBrowserOf(system, visitor);
      const [page] = await Promise.all([stage.phone(options), register(system, visitor, plain)]);
      await page.context().addCookies(plain.cookies());
      await page.goto(system.web);
      return { visitor, page, plain };
    },
  };
  return stage;
}

/** What each screen showed when a test failed: without it, "not visible" says little. */
async function tellWhereTheyStood(screens: readonly Screen[]): Promise<void> {
  for (const { page } of screens) {
    const shown = await page.locator('body').ariaSnapshot({ timeout: 5_000 }).catch(String);
    console.error(`${page.url()}\n${shown.slice(0, 3_000)}\n`);
  }
}

/** A personal visit that has begun and goes on for so many milliseconds. */
export const visitOf = (lasting: number) => ({ department, host: '赵敏', reason: '业务往来', ...windowOf(lasting) });
export const long = 600_000;
