import type { Page, Route } from 'playwright-core';
import { expect, it } from 'vitest';
import { staffLogins } from '../testing/system.ts';
import { until } from '../testing/until.ts';
import { pass } from './examine.ts';
import { LivingPage } from './pages/living.ts';
import { ReservationPage } from './pages/reservation.ts';
import { Inbox, StaffLogin } from './pages/staff.ts';
import { reserve } from './plain-walk.ts';
import { long, openStage, visitOf } from './stage.ts';
import { decide } from './walk.ts';

/** What a page does while the server, or the network before it, does not answer. */

const stage = openStage();

const restarting = { status: 503, contentType: 'text/html', body: '<h1>503 Service Temporarily Unavailable</h1>' };

/** A restart, a gateway that knows nothing, no network at all: in turn, to every request that matches. */
async function spoil(page: Page, address: RegExp): Promise<{ count(): number; mend(): Promise<void> }> {
  const ways = [
    (route: Route) => route.fulfill(restarting),
    (route: Route) => route.fulfill({ ...restarting, status: 404 }),
    (route: Route) => route.abort(),
  ];
  let count = 0;
  const answer = async (route: Route) => {
    if (route.request().headers()['hx-request'] !== 'true') return route.continue();
    await ways[count % ways.length]?.(route);
    count += 1;
  };
  await page.route(address, answer);
  return { count: () => count, mend: () => page.unroute(address, answer) };
}

it('a reservation’s page stays as it is, and goes on by itself once there is an answer again', async () => {
  const { visitor, page, plain } = await stage.settled();
  const id = await reserve(plain, visitOf(long));
  await page.goto(`${stage.system.web}/reservations/${id}`);
  const shown = new LivingPage(page);
  await shown.says(/审批/);
  const network = await spoil(page, /\/progress/);
  await until(() => network.count() >= 4, 'the page asked four times', 60);
  await shown.says(/审批/);
  expect(await page.getByText('503').count()).toBe(0);
  await network.mend();
  await decide({ system: stage.system, page: await stage.desk(), look: pass }, visitor);
  await new ReservationPage(page).passLink().first().waitFor();
});

it('the inbox keeps its list', async () => {
  const { visitor, plain } = await stage.settled();
  await reserve(plain, visitOf(long));
  const desk = await stage.desk();
  await new StaffLogin(desk).signIn(stage.system.web, staffLogins.approver);
  const inbox = new Inbox(desk);
  await inbox.task(visitor.name).first().waitFor();
  const network = await spoil(desk, /\/inbox/);
  await desk.evaluate(`htmx.trigger('#tasks', 'every')`);
  await until(() => network.count() >= 1, 'the page asked');
  await desk.evaluate(`htmx.trigger('#tasks', 'every')`);
  await until(() => network.count() >= 2, 'the page asked again');
  expect(await inbox.task(visitor.name).count()).toBeGreaterThan(0);
});

it('a form keeps the fields whose next form could not be had', async () => {
  const { page } = await stage.settled();
  await page.goto(`${stage.system.web}/profile`);
  const network = await spoil(page, /\/profile\/document/);
  const number = page.getByRole('textbox', { name: '证件号' });
  const typed = await number.inputValue();
  await page.getByRole('combobox', { name: '证件类型' }).selectOption({ label: '护照' });
  await until(() => network.count() >= 1, 'the fields were asked for');
  expect(await number.inputValue()).toBe(typed);
  await network.mend();
  await page.getByRole('combobox', { name: '证件类型' }).selectOption({ label: '港澳居民来往内地通行证' });
  await page.getByLabel('出生日期').waitFor();
});

it('a number that was typed stays, though the fields for the kind of document come later', async () => {
  const { page } = await stage.settled();
  await page.goto(`${stage.system.web}/profile`);
  const late = Promise.withResolvers<void>();
  let asked = 0;
  await page.route(/\/profile\/document/, async (route) => {
    asked += 1;
    if (asked === 1) await late.promise;
    // Not waited for any more, where the page does right.
    await route.continue().catch(() => {});
  });
  await page.getByRole('textbox', { name: '证件号' }).fill('');
  await page.getByRole('combobox', { name: '证件类型' }).selectOption({ label: '护照' });
  await until(() => asked >= 1, 'the fields were asked for');
  await page.getByRole('textbox', { name: '证件号' }).fill('C4R7TX1');
  const shown = page.waitForResponse(/\/profile\/document/);
  await page.getByRole('textbox', { name: '单位' }).click();
  await until(() => asked >= 2, 'they were asked for with the number');
  await shown;
  await page.getByText(/^护照资料页/).waitFor();
  late.resolve();
  await page.getByLabel('出生日期').fill('1990-03-07');
  await page.getByRole('combobox', { name: '国籍' }).selectOption({ label: '德国' });
  await page.getByRole('radio', { name: '女' }).check();
  await page.getByRole('button', { name: '确认', exact: true }).click();
  await page.waitForURL(`${stage.system.web}/`);
});
