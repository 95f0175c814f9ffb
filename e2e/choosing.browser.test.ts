import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { accessibilityProblems } from './browser.ts';
import { examine } from './examine.ts';
import { ReservationForm, ReservationPage } from './pages/reservation.ts';
import { HomePage, RegisterPage } from './pages/visitor.ts';
import type { Visitor } from './people.ts';
import { reserve } from './plain-walk.ts';
import { SandboxPhones } from './sandbox-phone.ts';
import { long, openStage, visitOf } from './stage.ts';

const stage = openStage();

async function atForm(options: { javaScript?: boolean } = {}): Promise<{ page: Page; visitor: Visitor }> {
  const { visitor, page } = await stage.settled(options);
  await new HomePage(page).entry('个人访客通道').click();
  // Loaded whole, with the script that searches: what is read at once waits for nothing.
  await page.waitForURL(/\/reservations\/new/);
  return { page, visitor };
}

it('a returning visitor reserves in at most six taps and types nothing', async () => {
  const { page, plain } = await stage.settled();
  const first = await reserve(plain, visitOf(long));
  await page.addInitScript({
    content: `
      for (const [event, key] of [['click', 'taps'], ['keydown', 'keys']]) {
        addEventListener(event, (e) => { if (e.isTrusted) sessionStorage[key] = Number(sessionStorage[key] ?? 0) + 1; }, true);
      }`,
  });
  await new HomePage(page).open(stage.system.web);
  await new HomePage(page).entry('个人访客通道').click();
  await page.getByText('已按上次来访填写').waitFor();
  await examine('form', page);
  await new ReservationForm(page).submit();
  await page.waitForURL(/\/reservations\/[0-9a-f-]{36}$/);
  expect(new ReservationPage(page).id).not.toBe(first);
  expect(Number(await page.evaluate('sessionStorage.taps'))).toBeLessThanOrEqual(6);
  expect(await page.evaluate('sessionStorage.keys')).toBeUndefined();
});

it('departments are searched while typing, and the gate nearest to the chosen one is suggested', async () => {
  const { page } = await atForm();
  const form = new ReservationForm(page);
  expect(await form.departments()).toContain('信息科学与工程学院');
  await form.search().pressSequentially('行政楼');
  await expect.poll(() => form.departments()).toEqual(expect.arrayContaining(['教务处', '国际合作与交流处']));
  expect(await form.departments()).not.toContain('图书馆');
  await page.getByText('找到 9 个部门').waitFor();
  await form.search().fill('library');
  await page.getByText('建议从南门进校').waitFor();
  expect(await form.department().inputValue()).not.toBe('');
  // Its own reasons come with a department, and go with it.
  const reasons = () => page.locator('[name=reason] option').allInnerTexts();
  expect(await reasons()).toContain('借阅查档');
  await form.search().fill('');
  await form.department().selectOption({ label: '机械工程学院' });
  expect(await reasons()).not.toContain('借阅查档');
  await page.getByText('建议从东门进校（06:30–22:30 开放）').waitFor();
  // Enter in the search goes on to the list, it does not send the form.
  await form.search().press('Enter');
  expect(page.url()).toContain('/reservations/new');
  await page.setViewportSize({ width: 320, height: 640 });
  await examine('form-narrow', page);
});

it('without JavaScript 查找 narrows the departments and keeps what was typed', async () => {
  const { page } = await atForm({ javaScript: false });
  const form = new ReservationForm(page);
  await form.host().fill('王建国');
  await form.search().fill('外国语');
  await page.getByRole('button', { name: '查找' }).click();
  await expect.poll(() => form.departments()).toEqual(['请选择', '外国语学院']);
  expect(await form.host().inputValue()).toBe('王建国');
  await page.getByText('接待地点：文科楼').waitFor();
});

it('a day that is closed is read out as such and cannot be chosen', async () => {
  const { page } = await atForm();
  const days = page.getByRole('combobox', { name: '开始日期' });
  const closed = days.getByRole('option', { name: /^\d+月\d+日 周.（不开放：校庆）$/ });
  expect(await closed.count()).toBe(1);
  expect(await closed.isDisabled()).toBe(true);
  expect(await days.getByRole('option', { name: /^\d+月\d+日 周五$/ }).count()).toBeGreaterThan(6);
  expect(await accessibilityProblems(page)).toEqual([]);
});

it('a later beginning takes the end along', async () => {
  const { page } = await atForm();
  const value = (name: string) => page.locator(`[name=${name}]`).inputValue();
  const [day = ''] = await page.locator('[name=from_day] option').nth(4).evaluateAll(valuesOf);
  await page.locator('[name=from_day]').selectOption(day);
  await page.locator('[name=from_time]').selectOption('09:00');
  expect([await value('until_day'), await value('until_time')]).toEqual([day, '11:00']);
  await page.locator('[name=from_time]').selectOption('22:00');
  expect([await value('until_day'), await value('until_time')]).toEqual([day, '24:00']);
});

it('a session that ends in the middle of a form loses nothing', async () => {
  const { page, visitor } = await atForm();
  const form = new ReservationForm(page);
  await form.fill({ ...visitOf(long), note: '带三箱样品，请安排推车' });
  await page.context().clearCookies();
  await stage.system.owner('attempt').delete();
  await form.submit();
  await page.waitForURL(/\/register/);
  const register = new RegisterPage(page);
  await register.askForCode(visitor.phone);
  await register.register(await new SandboxPhones(stage.system.sandbox).loginCode(visitor.phone, 1));
  await page.getByText('您填写的内容都已保留').waitFor();
  expect(await page.locator('[name=note]').inputValue()).toBe('带三箱样品，请安排推车');
  expect(await form.host().inputValue()).toBe('赵敏');
  await examine('form', page);
  await form.submit();
  await page.waitForURL(/\/reservations\/[0-9a-f-]{36}$/);
});

const valuesOf = (options: unknown): string[] => (options as { value: string }[]).map(({ value }) => value);
