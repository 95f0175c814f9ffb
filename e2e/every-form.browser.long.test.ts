import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { aDocument, forgetTries, inHours } from '../testing/bad-input/ground.ts';
import { getRoutes, type Route } from '../testing/declared-routes.ts';
import { idleWeb } from '../testing/idle-web.ts';
import { type System, startSystem } from '../testing/system.ts';
import { openBrowser, openPhone, type Screen } from './browser.ts';
import type { Entry } from './every-form/entry.ts';
import { fillIn, formsOn, sendForm } from './every-form/sending.ts';
import { entries } from './every-form/table.ts';
import { cookiesOf } from './every-page/cookies.ts';
import { lookAt } from './every-page/table.ts';
import { buildWorld, type Who, type World } from './every-page/world.ts';

/** Every form that a page draws, sent once from a phone that runs no scripts; that each has its entry is looked at with every page. */

let system: System;
let browser: Browser;
/** Signed in as somebody else for each form. */
let phone: Screen;
let world: World;
let routes: Route[];
/** Every form of the world's pages, by the first that shows it. */
const shown = new Map<string, { as: Who; path: string }>();
beforeAll(async () => {
  [system, browser, routes] = await Promise.all([startSystem(), openBrowser(), idleWeb().then(getRoutes)]);
  phone = await openPhone(browser, { javaScript: false });
  world = await buildWorld(system);
  for (const { as, path, kind } of Object.values(lookAt(world)).flat()) {
    if (kind !== 'page') continue;
    const { text } = await world.people[as].get(path);
    for (const { key } of formsOn(routes, path, text)) if (!shown.has(key)) shown.set(key, { as, path });
  }
}, 200_000);
afterAll(async () => {
  await browser?.close();
  await system?.stop();
});
beforeEach(async () => {
  // The page of an order asks again by itself, and would lead away from what is opened next.
  await phone.page.goto('about:blank');
  await forgetTries(system);
  await system.owner('phone_code').delete();
});

let phones = 1_000;
/** What a person types where a page leaves it open, by the name of the control; `first`: the first choice. */
function usual(name: string): string | undefined {
  phones += 1;
  const typed: [RegExp, string][] = [
    [/^document_number$/, aDocument()],
    [/phone/, `1377700${phones}`],
    [/document_type|department|campus|^reason$|refused_for/, 'first'],
    [/username/, `typed.${phones}`],
    [/_en$/, 'New'],
    [/^name|_zh$|^host$/, '王芳'],
    [/reason|note|text|label/, '请核对'],
    [/email/, 'wang@example.edu'],
    [/(^|_)day$/, inHours(24 * 40).slice(0, 10)],
    [/plate/, '冀A54321'],
  ];
  return typed.find(([of]) => of.test(name))?.[1];
}
const ids = /[0-9a-f]{8}-[0-9a-f-]{27}/g;

/** Fills a form of the page that a phone shows, and sends it. */
async function send(page: Page, key: string, { fill, button }: Pick<Entry, 'fill' | 'button'>) {
  const path = new URL(page.url()).pathname;
  const found = formsOn(routes, path, await page.content()).find((one) => one.key === key);
  if (!found) throw new Error(`${path} does not show this form`);
  const form = page.locator('form').nth(found.nth);
  await fillIn(form, fill ?? {}, usual);
  return sendForm(page, form, found.formaction ? `[formaction="${found.formaction}"]` : button);
}

// First of all: one of the forms makes a guard, and from then on the gate asks for a guard's own PIN.
test('the page of a gate: signing in, a code, signing out', async () => {
  const { page } = phone;
  const { url, pin } = system.gates.south;
  await page.goto(`${url}/login`);
  await page.locator('[name=secret]').fill(pin);
  for (const [fill, path] of [
    ['', '/'],
    ['1234 5678', '/scans'],
  ] as const) {
    if (fill) await page.locator('[name=credential]').fill(fill);
    const form = page.locator(fill ? 'form#scan' : 'form[action="/login"]');
    const ended = await sendForm(page, form);
    expect(ended).toMatchObject({ path, wrong: [] });
  }
  expect(await sendForm(page, page.locator('form[action="/logout"]'))).toMatchObject({ path: '/login', wrong: [] });
});

test.each(Object.entries(entries))('%s', async (key, { ends, draws, answers, fill, button, at, first }) => {
  const seen = shown.get(first?.key ?? key);
  const ground = at ? await at(system) : seen && { agent: world.people[seen.as], path: seen.path, fill: {} };
  if (!ground) throw new Error('No page shows this form');
  const { page, context } = phone;
  await context.clearCookies();
  await context.addCookies(await cookiesOf(ground.agent, system.web));
  await page.goto(system.web + ground.path);
  if (first) await send(page, first.key, { ...first, fill: { ...first.fill, ...ground.fill } });
  const ended = await send(page, key, {
    ...(button && { button }),
    fill: { ...fill, ...(first ? {} : ground.fill) },
  });
  const wrong = answers ? [`answered ${answers}`] : [];
  const expected = { path: ends, drawn: key.startsWith('get ') || draws === true, wrong };
  const path = ended.path.replaceAll(ids, ':id').replace(/^\/t\/.{43}$/, '/t/:token');
  const words = (await page.locator('body').textContent())?.replaceAll(/\s+/g, ' ');
  expect({ ...ended, path }, words).toEqual(expected);
});
