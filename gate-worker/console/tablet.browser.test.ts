import express from 'express';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accessibilityProblems, openBrowser, openTablet } from '../../e2e/browser.ts';
import { createLog } from '../../platform/log.ts';
import { hashPassword } from '../../platform/password.ts';
import { giveGatePin } from '../../store/staff/gate-pin.ts';
import { createStaff } from '../../store/staff/staff.ts';
import { aHouse, type GateUnderTest, type House } from '../../testing/gate-house.ts';
import { serve } from '../../testing/gates.ts';
import { until } from '../../testing/until.ts';
import { emergencyRoutes } from '../../web/gates/emergencies.ts';
import { feedRoutes } from '../../web/gates/routes.ts';

/** A guard's shift on a tablet at a gate that records exits. */

let house: House;
let gate: GateUnderTest;
let web: Awaited<ReturnType<typeof serve>>;
let browser: Browser;
const pin = '01234567';

beforeAll(async () => {
  house = await aHouse();
  const deps = { db: house.database.db, keys: house.keys.web, log: createLog('test', 'silent') };
  web = await serve(express().use(feedRoutes(deps), emergencyRoutes(deps)));
  const roles = [{ role: 'security' as const }];
  const staff = await createStaff(house.database.owner, { name: '王卫', username: 'wang.wei', roles });
  await giveGatePin(house.database.db, { staff, hash: await hashPassword(pin) });
  gate = await house.openGate('north', web.url);
  await until(async () => (await (await fetch(`${gate.url()}/login`)).text()).includes('username'), 'guards are known');
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await gate?.stop();
  await web?.close();
  await house?.close();
});

async function issue(wish: Parameters<House['passes']['issue']>[2]) {
  const pass = await house.passes.issue(house.database.db, house.recordingCampus, { campus: 2, ...wish });
  await gate.caughtUp();
  return pass;
}

/** Axe finds nothing, and nothing is wider than the tablet. */
async function holds(page: Page): Promise<void> {
  expect(await accessibilityProblems(page)).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
}

test.each([
  ['lying', 'zh-CN', { pin: 'PIN 码', log: '登录闸机', hand: '人工放行', why: '放行原因', let: '放行并记录为入校' }],
  [
    'standing',
    'en',
    { pin: 'PIN', log: 'Log in to the gate', hand: 'Let in by hand', why: 'Reason', let: 'Let in, and' },
  ],
] as const)(
  '%s, in %s: log in, check, let in by hand, an ambulance, today, the handover',
  async (way, language, words) => {
    const name = language === 'en' ? 'Anne-Marie Dupont' : '张小三';
    const pass = await issue({ name, number: '13800001234' });
    const { page, close } = await openTablet(browser, { lying: way === 'lying' });
    await page.goto(`${gate.url()}/login?lang=${language}`);
    await holds(page);
    await page.locator('#username').fill('wang.wei');
    await page.getByLabel(words.pin, { exact: true }).fill(pin);
    await page.getByRole('button', { name: words.log }).click();
    await page.locator('#scan').waitFor();
    await page.waitForLoadState('load');
    await holds(page);

    // A picture of a code: refused, large; the guard looks at the document and lets them in.
    await page.locator('#credential').fill(house.passes.qr(pass, Date.now() - 3_600_000));
    await page.keyboard.press('Enter');
    await page.locator('[data-reason=stale_code]').waitFor();
    const size = Number(
      await page.evaluate("parseFloat(getComputedStyle(document.querySelector('.verdict')).fontSize)"),
    );
    expect(size, 'to be read from two metres').toBeGreaterThanOrEqual(60);
    await holds(page);
    await page.getByText(words.hand, { exact: true }).click();
    await page.getByLabel(words.why).selectOption('document_shown');
    await holds(page);
    await page.getByRole('button', { name: words.let }).click();
    await page.locator('.answer.is-open').waitFor();
    expect(await page.locator('#latest li').first().textContent()).toContain(
      language === 'en' ? 'Document' : '已核对证件',
    );
    await holds(page);

    await page.locator('button.emergency[value=ambulance]').click();
    await page.locator('[data-emergency=ambulance]').waitFor();
    await holds(page);

    await page.goto(`${gate.url()}/today`);
    await page.locator('#sought').fill('1234');
    await page.keyboard.press('Enter');
    await page.locator('.person').first().waitFor();
    expect(await page.locator('body').textContent()).not.toContain(name);
    await holds(page);

    await page.goto(`${gate.url()}/shift`);
    await page.locator('#note').fill('东侧道闸要人工抬杆');
    await page.locator('form[action="/shift/notes"] button').click();
    await page.locator('.written').first().waitFor();
    await holds(page);
    await close();
  },
);

test('without JavaScript: a refusal is overruled all the same', async () => {
  const pass = await issue({ name: '李小四' });
  const { page, close } = await openTablet(browser, { javaScript: false });
  await page.goto(`${gate.url()}/login`);
  await page.locator('#username').fill('wang.wei');
  await page.locator('#secret').fill(pin);
  await page.getByRole('button', { name: '登录闸机' }).click();
  await page.locator('#credential').fill(pass.code);
  await page.getByRole('button', { name: '核验' }).click();
  await page.locator('[data-reason=id_required]').waitFor();
  await page.getByText('人工放行', { exact: true }).click();
  await page.getByLabel('放行原因').selectOption('phone_fails');
  await page.getByRole('button', { name: '放行并记录为入校' }).click();
  await page.locator('.answer.is-open').waitFor();
  await close();
});

test('what is no answer leaves no answer: nobody passes by what was said of the one before', async () => {
  const { page, close } = await openTablet(browser, {});
  await page.goto(`${gate.url()}/login`);
  await page.locator('#username').fill('wang.wei');
  await page.locator('#secret').fill(pin);
  await page.getByRole('button', { name: '登录闸机' }).click();
  await page.locator('#scan').waitFor();
  await page.waitForLoadState('load');
  await page.locator('#credential').fill(house.passes.qr(await issue({ name: '王小五' })));
  await page.keyboard.press('Enter');
  await page.locator('[data-reason=ok]').waitFor();

  await page.route('**/scans', (route) =>
    route.fulfill({ status: 502, contentType: 'text/html', body: '<h1>502</h1>' }),
  );
  await page.locator('#credential').fill('nothing');
  await page.keyboard.press('Enter');
  await page.locator('#fault:visible').waitFor();
  expect(await page.locator('#answer').textContent()).toBe('');
  expect(await page.locator('#credential').inputValue()).toBe('nothing');

  await page.unroute('**/scans');
  await page.keyboard.press('Enter');
  await page.locator('[data-reason=unknown_pass]').waitFor();
  await close();
});
