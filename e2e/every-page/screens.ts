import type { Browser, Page } from 'playwright-core';
import type { System } from '../../testing/system.ts';
import { openDesk, openPhone, type Screen, type ScreenOptions } from '../browser.ts';
import { cookiesOf } from './cookies.ts';
import type { Who, World } from './world.ts';

export interface Dress extends ScreenOptions {
  /** 关怀版: large type, large targets. */
  care?: boolean;
  /** A wide screen instead of a phone. */
  desk?: boolean;
}

/** A screen for everybody of the world, each opened when it is first asked for. */
export function screensOf(system: System, world: World, browser: Browser, dress: Dress = {}) {
  const opened = new Map<Who, Promise<Screen>>();

  async function open(who: Who): Promise<Screen> {
    const screen = await (dress.desk ? openDesk : openPhone)(browser, dress);
    const care = dress.care ? [{ name: 'xiaomen-care', value: 'on', url: system.web }] : [];
    await screen.context.addCookies([...(await cookiesOf(world.people[who], system.web)), ...care]);
    return screen;
  }
  return {
    async of(who: Who): Promise<Page> {
      const screen = opened.get(who) ?? open(who);
      opened.set(who, screen);
      return (await screen).page;
    },
    async close(): Promise<void> {
      await Promise.all([...opened.values()].map(async (screen) => (await screen).close()));
    },
  };
}
