import type { System } from '../../testing/system.ts';
import { type Visitor, windowOf } from '../people.ts';
import type { PlainPage } from '../plain-browser.ts';
import {
  decide,
  enter,
  passOf,
  plainBrowserOf,
  register,
  registerInsideWechat,
  reserve,
  stubbornly,
} from '../plain-walk.ts';
import { department } from '../walk.ts';
import type { Milestone } from './blows.ts';
import type { Expected } from './verdict.ts';

const fates = ['visits', 'visits twice', 'stays away', 'is refused', 'cancels early', 'cancels late'] as const;
export type Fate = (typeof fates)[number];

/**
 * One visit by plain HTTP, page by page, while parts die and come back. A step that fails is tried again as a person
 * would: the same page again, the same form again. Returns when the visitor has done all they do; the end comes by itself.
 */
export async function walkVisit(options: {
  system: System;
  visitor: Visitor;
  fate: Fate;
  /** Comes from the account's menu and is told there; else by SMS. */
  wechat: boolean;
  /** Epoch milliseconds. */
  until: number;
  reached(milestone: Milestone): void;
}): Promise<Expected> {
  const { system, visitor, fate, reached } = options;
  const browser = plainBrowserOf(system, visitor);
  const { open, submit } = stubbornly(browser);

  await (options.wechat ? registerInsideWechat : register)(system, visitor, browser);
  reached('registered');
  const window = windowOf(options.until - Date.now());
  const reservation = await reserve(browser, { department, host: '赵敏', reason: '业务往来', ...window });
  const detail = (wished: (page: PlainPage) => boolean) => open(`/reservations/${reservation}`, wished);
  reached('submitted');
  if (fate === 'cancels early') return cancelled();

  await decide(system, visitor, fate === 'is refused' ? '当日不接待来访' : undefined);
  if (fate === 'is refused') {
    await detail((page) => page.has('未通过'));
    return { reservation, outcome: 'rejected', openings: 0 };
  }
  const passPath = await passOf(browser, reservation);
  reached('approved');
  if (fate === 'cancels late') return cancelled();
  if (fate === 'stays away') return { reservation, outcome: 'no_show', openings: 0 };

  await enter(system, browser, { passPath, gate: 'south' });
  if (fate === 'visits twice') await enter(system, browser, { passPath, gate: 'east' });
  await detail((page) => page.has('已入校'));
  reached('entered');
  return { reservation, outcome: 'completed', openings: fate === 'visits twice' ? 2 : 1 };

  async function cancelled(): Promise<Expected> {
    const page = await detail((shown) => shown.has('取消预约'));
    await submit(page, '确认取消', {}, (answer) => answer.status < 400);
    await detail((shown) => shown.has('已取消'));
    return { reservation, outcome: 'cancelled', openings: 0 };
  }
}
