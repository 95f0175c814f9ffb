import { randomBytes } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clockTime, day, dayOf, toLocalInput } from '../domain/time.ts';
import { readSettings, webSchema } from '../platform/config.ts';
import { aWaitingVisit } from '../testing/bad-input/ground.ts';
import { aCampus } from '../testing/campus.ts';
import { type System, startSystem } from '../testing/system.ts';
import { until } from '../testing/until.ts';
import { VisitorBrowser } from '../testing/visitor-browser.ts';
import { startWeb } from '../web/start.ts';
import { accessibilityProblems, openBrowser, openPhone, type ScreenOptions } from './browser.ts';

/** The day and the time of a visit on a phone: read whole, and those of the campus that is chosen. */

const form = '/reservations/new?channel=personal';
const holiday = dayOf(Date.now() + 3 * day);

let system: System;
let browser: Browser;
let cookies: { name: string; value: string; url: string }[];
let change: string;
beforeAll(async () => {
  [system, browser] = await Promise.all([startSystem({ start: ['sandbox', 'worker', 'web'] }), openBrowser()]);
  const visitor = await new VisitorBrowser(system).settle();
  const { reservation } = await aWaitingVisit(system, visitor);
  change = `/reservations/${reservation}/changes`;
  const asked = visitor.agent.get('/');
  cookies = (asked as unknown as { cookies: string }).cookies.split('; ').map((pair) => {
    const [name = '', ...value] = pair.split('=');
    return { name, value: value.join('='), url: system.web };
  });
  await asked;
  await aSecondCampus();
});
afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

/** With a department that has an approver, open from nine to five, and with a day on which the first campus is open. */
async function aSecondCampus() {
  const { owner } = system;
  const keys = { identityKey: randomBytes(32), sealingKey: randomBytes(32) };
  const { id } = await aCampus(owner, { west: keys }, { number: 2 });
  await owner('campus').where({ id }).update({ opens_at: '09:00', closes_at: '17:00' });
  const [department] = await owner('department')
    .insert({ campus_id: id, name_zh: '理学院', name_en: 'School of Science' })
    .returning('id');
  // Where nobody could decide, nobody is sent.
  const approver = await owner('staff').where({ username: 'approver' }).first('id');
  await owner('staff_role').insert({ staff_id: approver.id, role: 'approver', department_id: department.id });
  await owner('closed_day').insert({ campus_id: id, day: holiday, reason_zh: '停电', reason_en: 'No power' });
}

async function withPhone(
  { width = 390, ...options }: ScreenOptions & { width?: number },
  path: string,
  look: (page: Page) => Promise<void>,
): Promise<void> {
  const { page, context, close } = await openPhone(browser, options);
  try {
    await page.setViewportSize({ width, height: 844 });
    await context.addCookies(cookies);
    await page.goto(system.web + path);
    await look(page);
  } finally {
    await close();
  }
}

const optionOf = (page: Page, name: string, value: string) => page.locator(`[name=${name}] option[value="${value}"]`);
/** The web's own process keeps content for some seconds. */
const untilOffered = (page: Page, campus: string) =>
  until(async () => {
    await page.reload();
    return (await page.locator('[name=campus] option').allInnerTexts()).includes(campus);
  }, 'the second campus is offered');

/** How much of the chosen words does not fit beside the arrow, in pixels; 0 when all of it is read. */
const cutOff = (page: Page, name: string): Promise<number> =>
  page.locator(`[name=${name}]`).evaluate((control) => {
    const select = control as unknown as Select;
    const view = select.ownerDocument.defaultView;
    const style = view.getComputedStyle(select);
    const pen = select.ownerDocument.createElement('canvas').getContext('2d');
    pen.font = style.font;
    const arrow = 20;
    const room = select.clientWidth - Number.parseFloat(style.paddingLeft) - arrow;
    return Math.max(0, pen.measureText(select.selectedOptions[0].textContent.trim()).width - room);
  });
/** As much of the DOM as is touched. */
interface Select {
  clientWidth: number;
  selectedOptions: [{ textContent: string }];
  ownerDocument: {
    defaultView: { getComputedStyle(of: object): { font: string; paddingLeft: string } };
    createElement(name: 'canvas'): {
      getContext(kind: '2d'): { font: string; measureText(words: string): { width: number } };
    };
  };
}

test.each([
  { language: 'zh-CN', width: 390, now: /现在$/ },
  { language: 'en', width: 390, now: /now$/ },
  { language: 'zh-CN', width: 320, now: /现在$/ },
  { language: 'en', width: 320, now: /now$/ },
] as const)('today and now are read whole at $width px in $language', async ({ language, width, now }) => {
  for (const path of [form, change]) {
    await withPhone({ language, width }, path, async (page) => {
      const days = page.locator('[name=from_day] option:not([disabled])');
      const labels = (await days.allInnerTexts()).slice(1);
      expect(labels[0]).toMatch(language === 'en' ? /^Today, \d+ \w+$/ : /^今天 \d+月\d+日$/);
      for (const label of [labels[0] ?? '', ...labels.slice(10, 38).filter((_, nth) => nth % 7 === 0)]) {
        await page.locator('[name=from_day]').selectOption({ label });
        expect(await cutOff(page, 'from_day'), label).toBe(0);
      }
      const time = await page.locator('[name=from_time] option').filter({ hasText: now }).getAttribute('value');
      await page.locator('[name=from_time]').selectOption(time);
      expect(await cutOff(page, 'from_time'), String(time)).toBe(0);
    });
  }
});

test('another campus brings its own days, hours and departments, and keeps what was typed', async () => {
  await withPhone({}, form, async (page) => {
    await untilOffered(page, '校区2');
    const campus = page.locator('[name=campus]');
    await campus.selectOption({ index: 1 });
    await expect.poll(() => optionOf(page, 'from_day', holiday).isDisabled()).toBe(false);
    await page.locator('[name=host]').fill('王建国');
    await page.locator('[name=note]').fill('两箱样品');
    await page.locator('[name=from_day]').selectOption(dayOf(Date.now() + day));
    await page.locator('[name=from_time]').selectOption('10:00');
    await page.locator('[name=until_time]').selectOption('12:00');
    await page.locator('[name=until_day]').selectOption(holiday);

    await campus.focus();
    await campus.selectOption({ label: '校区2' });
    await page.locator('[name=from_day] option', { hasText: '不开放：停电' }).waitFor({ state: 'attached' });
    expect(await optionOf(page, 'from_day', holiday).isDisabled()).toBe(true);
    expect(await optionOf(page, 'until_day', holiday).isDisabled()).toBe(true);
    // As it was chosen, with the reason why it cannot be had.
    expect(await page.locator('[name=until_day] option:checked').textContent()).toContain('不开放：停电');
    expect(await page.locator('[name=until_time] option').last().getAttribute('value')).toBe('17:00');
    expect((await page.locator('[name=department] option').allInnerTexts()).map((text) => text.trim())).toEqual([
      '请选择',
      '理学院',
    ]);
    expect(await page.locator('[name=host]').inputValue()).toBe('王建国');
    expect(await page.locator('[name=note]').inputValue()).toBe('两箱样品');
    expect(await campus.evaluate((one) => one === one.ownerDocument.activeElement)).toBe(true);
    expect(await accessibilityProblems(page)).toEqual([]);

    // A later beginning still takes the end along.
    const [first, next] = [dayOf(Date.now() + 4 * day), dayOf(Date.now() + 5 * day)];
    for (const [name, value] of [
      ['from_day', first] as const,
      ['from_time', '10:00'] as const,
      ['until_day', first] as const,
      ['until_time', '12:00'] as const,
    ]) {
      await page.locator(`[name=${name}]`).selectOption(value);
    }
    await page.locator('[name=from_day]').selectOption(next);
    expect(await page.locator('[name=until_day]').inputValue()).toBe(next);
    expect(await page.locator('[name=until_time]').inputValue()).toBe('12:00');
  });
});

test('a choice made while another campus is loading stays', async () => {
  await withPhone({}, form, async (page) => {
    await untilOffered(page, '校区2');
    const arriving = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    await page.route(/\/reservations\/new/, async (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      asked.resolve();
      await arriving.promise;
      await route.continue();
    });
    // Another end than the form began with: that one went out with the request.
    const end = (await page.locator('[name=until_time]').inputValue()) === '21:00' ? '20:30' : '21:00';
    await page.locator('[name=campus]').selectOption({ label: '校区2' });
    await asked.promise;
    const later = dayOf(Date.now() + 5 * day);
    for (const [name, value] of [
      ['from_day', later] as const,
      ['until_day', later] as const,
      ['from_time', '10:00'] as const,
      ['until_time', end] as const,
    ]) {
      await page.locator(`[name=${name}]`).selectOption(value);
    }
    arriving.resolve();
    await page.locator('[name=from_day] option', { hasText: '不开放：停电' }).waitFor({ state: 'attached' });
    const chosen = (name: string) => page.locator(`[name=${name}]`).inputValue();
    expect([await chosen('from_day'), await chosen('from_time')]).toEqual([later, '10:00']);
    expect(await chosen('until_day')).toBe(later);
    // Not offered there: the new campus closes at five.
    expect(await chosen('until_time')).not.toBe(end);
  });
});

test('without JavaScript 查找 brings them', async () => {
  await withPhone({ javaScript: false }, form, async (page) => {
    await untilOffered(page, '校区2');
    await page.locator('[name=host]').fill('王建国');
    await page.locator('[name=campus]').selectOption({ label: '校区2' });
    await page.getByRole('button', { name: '查找' }).click();
    await page.locator('[name=from_day] option', { hasText: '不开放：停电' }).waitFor({ state: 'attached' });
    expect(await optionOf(page, 'until_day', holiday).isDisabled()).toBe(true);
    expect(await page.locator('[name=host]').inputValue()).toBe('王建国');
  });
});

test.each([true, false])('a change is asked for with the same controls, JavaScript %s', async (javaScript) => {
  await withPhone({ javaScript }, change, async (page) => {
    expect(await page.locator('input[type=datetime-local]').count()).toBe(0);
    const standing = await page.locator('[name=until_day]').inputValue();
    const later = dayOf(Date.parse(`${standing}T12:00Z`) + day);
    await page.locator('[name=from_day]').selectOption(later);
    if (!javaScript) await page.locator('[name=until_day]').selectOption(later);
    // With scripts a later beginning takes the end along.
    expect(await page.locator('[name=until_day]').inputValue()).toBe(later);
    await page.getByRole('button', { name: '提交变更' }).click();
    await page.waitForURL(/\/reservations\/[0-9a-f-]{36}$/);
    await page.locator('.next').filter({ hasText: '请等待' }).waitFor();
    await page.goto(system.web + change);
    expect(await page.locator('[name=from_day]').inputValue()).toBe(later);
  });
});

test('times that are over today are disabled and say so, and can be chosen for tomorrow', async () => {
  await withPhone({}, form, async (page) => {
    const [today, tomorrow] = [dayOf(Date.now()), dayOf(Date.now() + day)];
    const past = (name: string) =>
      page.locator(`[name=${name}] option:disabled`).evaluateAll((all) => all.map((one) => one.textContent?.trim()));
    for (const end of ['from', 'until']) {
      await page.locator(`[name=${end}_day]`).selectOption(tomorrow);
      await page.locator(`[name=${end}_time]`).selectOption({ index: 20 });
      await until(async () => (await past(`${end}_time`)).length === 0, 'tomorrow has all its hours');
    }
    await page.locator('[name=from_day]').selectOption(today);
    const [hours = 0, minutes = 0] = toLocalInput(Date.now()).slice(11).split(':').map(Number);
    // Half hours that ended a quarter of an hour ago; the clock may go on while this is read.
    const chosen = await page.locator('[name=from_time]').inputValue();
    const least = Math.floor((hours * 60 + minutes - 15) / 30) + 1 - (chosen < clockTime(Date.now()) ? 1 : 0);
    await until(async () => (await past('from_time')).length >= least, 'the hours that are over are disabled');
    for (const words of await past('from_time')) expect(words).toMatch(/^\d\d:\d\d（已过）$/);
    expect(await page.locator('[name=from_time]').inputValue()).toBe(chosen);
    await page.locator('[name=from_day]').selectOption(tomorrow);
    await until(async () => (await past('from_time')).length === 0, 'tomorrow has them again');
  });
});

test('a page that stayed open while the releases went on says so, and is loaded anew with what was typed', async () => {
  await withPhone({}, form, async (page) => {
    await page.locator('[name=note]').fill('带三箱样品');
    await system.parts.web.stop();
    const newer = await startWeb(readSettings(webSchema, system.env.web), { release: '0.9.0' });
    try {
      const campus = page.locator('[name=campus]');
      await campus.selectOption({ index: (await campus.locator('option').count()) - 1 });
      const notice = page.locator('main > [role=alert]');
      await notice.waitFor();
      expect(await notice.textContent()).toContain('此页面版本过旧');
      expect(await page.locator('[name=note]').inputValue()).toBe('带三箱样品');
      expect(await accessibilityProblems(page)).toEqual([]);
      await notice.getByRole('button', { name: '重新载入本页' }).click();
      const kept = page.locator('[role=status]').filter({ hasText: '本页已重新载入' });
      await kept.waitFor();
      expect(await page.locator('[name=note]').inputValue()).toBe('带三箱样品');
      expect(await page.locator('meta[name=release]').getAttribute('content')).toBe('0.9.0');
    } finally {
      await newer.stop();
      await system.parts.web.start();
    }
  });
});
