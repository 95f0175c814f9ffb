import { type CheerioAPI, load } from 'cheerio';
import type { Locator, Page } from 'playwright-core';
import type { Route } from '../../testing/declared-routes.ts';

/** Forms as a page draws them, filled and sent by a browser that runs no scripts. */

/** `post /inbox/:taskId/decision`, by the route that takes it. */
export type FormKey = string;

/** Which of the routes takes this form. */
export function keyOf(routes: readonly Route[], method: string, action: string): FormKey {
  const { pathname } = new URL(action, 'http://site');
  const found = routes.find(
    ({ path, ...of }) => of.method === method && isNamed(path) && patternOf(path).test(pathname),
  );
  return `${method} ${found?.path ?? `nowhere: ${pathname}`}`;
}
const isNamed = (path: string): boolean => !/[*{]/.test(path);
const patternOf = (path: string): RegExp => new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+')}$`);

export interface Found {
  key: FormKey;
  /** Of its page's forms. */
  nth: number;
  /** It is sent there by a button of its own. */
  formaction?: string;
}

/** Every form of a page; what only closes a dialog is none that is sent. */
export function formsOn(routes: readonly Route[], path: string, html: string): Found[] {
  const $: CheerioAPI = load(html);
  return $('form')
    .map((nth, form) => {
      const method = ($(form).attr('method') ?? 'get').toLowerCase();
      const action = $(form).attr('action') ?? path;
      if (method === 'dialog') return [];
      const others = $(form)
        .find('[formaction]')
        .map((_, button) => String($(button).attr('formaction')))
        .get();
      const found: Found[] = [{ key: keyOf(routes, method, action), nth }];
      for (const formaction of new Set(others)) found.push({ key: keyOf(routes, 'post', formaction), nth, formaction });
      return found;
    })
    .get();
}

/** What is given for a control of this name where its entry says nothing. */
export type Usual = (name: string) => string | undefined;

/** Types what the form wants into what stands there empty. A choice that has to be made is the first; a box is ticked where `fill` says so. */
export async function fillIn(form: Locator, fill: Record<string, string | FileGiven>, usual: Usual): Promise<void> {
  // What is folded away is opened as a person does, the outermost first.
  for (const folded of await form.locator('xpath=ancestor::details[not(@open)]/summary').all()) await folded.click();
  const controls = form.locator('input, textarea, select');
  const asDrawn = await controls.evaluateAll((all) =>
    (all as unknown as Control[]).map(({ name, type, value, disabled }) => ({ name, type, value, disabled })),
  );
  for (const [n, { name, type, value, disabled }] of asDrawn.entries()) {
    const control = controls.nth(n);
    if (!name || type === 'hidden' || disabled) continue;
    const wanted = fill[name];
    if (typeof wanted === 'object') await control.setInputFiles(wanted);
    else if (type === 'checkbox' || type === 'radio') {
      if (wanted !== undefined && (wanted === value || wanted === 'on')) await control.check({ force: true });
    } else if (type === 'select-one') {
      if (wanted !== undefined) await control.selectOption(wanted);
      else if (value === '' && usual(name) === 'first') await control.selectOption({ index: 1 });
    } else if (type !== 'file') {
      const typed = wanted ?? (value === '' ? usual(name) : undefined);
      if (typed !== undefined && typed !== 'first' && (await control.isVisible())) await control.fill(typed);
    }
  }
}
/** What a browser says of a control. */
interface Control {
  name: string;
  type: string;
  value: string;
  disabled: boolean;
}
export interface FileGiven {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

/** Where a form led, and what stands there that should not. */
export interface Ended {
  path: string;
  /** It was answered by a page or a file, not by the way to one. */
  drawn: boolean;
  wrong: string[];
}

/** @param button a selector of what is pressed; left out: the button that stands out, else the first that sends the form */
export async function sendForm(page: Page, form: Locator, button?: string): Promise<Ended> {
  // The one that Enter presses stands first, where nobody sees it.
  const usualButton = 'button:not([type=button]):not([formaction]):not([aria-hidden=true])';
  const buttons = form.locator(button ?? usualButton).filter({ visible: true });
  const outstanding = buttons.and(form.locator('.weui-btn_primary'));
  const pressed = (button || (await outstanding.count()) === 0 ? buttons : outstanding).first();
  const statuses: number[] = [];
  const onResponse = (answer: { request(): { isNavigationRequest(): boolean }; status(): number }) => {
    if (answer.request().isNavigationRequest()) statuses.push(answer.status());
  };
  page.on('response', onResponse);
  try {
    await Promise.all([Promise.race([page.waitForEvent('load'), page.waitForEvent('download')]), pressed.click()]);
  } finally {
    page.off('response', onResponse);
  }
  const { pathname } = new URL(page.url());
  const html = await page.content();
  return {
    path: pathname,
    drawn: (statuses[0] ?? 200) < 300,
    wrong: [...statuses.filter((status) => status >= 400).map((status) => `answered ${status}`), ...wrongIn(html)],
  };
}

/** A fragment, a refusal at a field, or a page without its frame. */
function wrongIn(html: string): string[] {
  const $ = load(html);
  const wrong: string[] = [];
  if (!/^<!doctype html>/i.test(html)) wrong.push('no whole page');
  if ($('main').length !== 1 || $('h1').length === 0) wrong.push('a page without its frame');
  $('.field__error').each((_, one) => {
    const text = $(one).text().trim();
    if (text) wrong.push(`refused: ${text}`);
  });
  return wrong;
}
