import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { readVisitCode } from '../store/passes/visit-code.ts';
import { anApprovedVisit } from '../testing/approved.ts';
import { until } from '../testing/until.ts';
import { examine } from './examine.ts';
import { PassPage } from './pages/pass.ts';
import { ReservationPage } from './pages/reservation.ts';
import { RegisterPage } from './pages/visitor.ts';
import * as plainly from './plain-walk.ts';
import { readQr, readQrFrom } from './qr.ts';
import { SandboxPhones } from './sandbox-phone.ts';
import { scan } from './scanner.ts';
import { openStage, visitOf } from './stage.ts';
import { expectWords } from './words.ts';

const stage = openStage();

/** Begun before all others, since its window lasts for a minute: it is over when they are done. */
let ending: Awaited<ReturnType<typeof aVisitOfAMinute>>;
beforeAll(async () => {
  ending = await aVisitOfAMinute();
}, 120_000);
type Visit = Awaited<ReturnType<typeof anApprovedVisit>>;

/** The holder, by a code to their number, on a phone that has never seen them. */
async function signIn(page: Page, { phone }: Pick<Visit, 'phone'>): Promise<void> {
  const phones = new SandboxPhones(stage.system.sandbox);
  const before = (await phones.texts(phone)).length;
  const register = new RegisterPage(page);
  await register.open(stage.system.web);
  await register.askForCode(phone);
  await register.register(await phones.loginCode(phone, before));
  await page.waitForURL(`${stage.system.web}/`);
}

async function show(page: Page, { pass }: Pick<Visit, 'pass'>): Promise<PassPage> {
  await page.goto(`${stage.system.web}/passes/${pass}`);
  return new PassPage(page);
}

/** A step opens once at each gate: whoever comes a second time within one is seen at another. */
const scanned = (value: string, document?: string, gate: 'south' | 'east' = 'south') =>
  scan(stage.system.gates[gate], { kind: 'qr', value, ...(document ? { document } : {}) });
const bindings = (pass: string) => stage.system.db('phone_binding').where({ pass_id: pass });

/** Somebody who came in, with the pass on a phone. `value`: what that phone showed. */
async function aVisitOfAMinute() {
  const { system } = stage;
  const visitor = stage.newVisitor();
  const browser = plainly.plainBrowserOf(system, visitor);
  await plainly.register(system, visitor, browser);
  const lasting = 60_000;
  const end = Date.now() + lasting;
  const reservation = await plainly.reserve(browser, visitOf(lasting));
  await plainly.decide(system, visitor);
  const passPath = await plainly.passOf(browser, reservation);
  await plainly.enter(system, browser, { passPath, gate: 'south' });

  const page = await stage.phone();
  await page.context().addCookies(browser.cookies());
  await page.goto(`${system.web}${passPath}`);
  const shown = new PassPage(page);
  // The phone takes the pass over: what was shown before is an older version.
  await shown.boundQr().waitFor();
  return { end, value: await readQrFrom(shown.qr()), cookies: browser.cookies(), reservation, passPath };
}

it('a pass renews itself with the network cut, and the gate opens to what is on the screen', async () => {
  const visit = await anApprovedVisit(stage.system);
  const page = await stage.phone();
  await signIn(page, visit);
  const pass = await show(page, visit);
  await pass.boundQr().waitFor();
  await examine('pass', page);

  await page.context().setOffline(true);
  const first = await readQrFrom(pass.qr());
  await page.locator(`.qr:not([data-text="${first}"])`).waitFor({ timeout: 90_000 });
  const later = await readQrFrom(pass.qr());
  expect(later).not.toBe(first);
  // The pass's own bytes stay; a gate's camera knows it by them.
  expect(later.slice(0, 172)).toBe(first.slice(0, 172));
  expect(await scanned(later)).toMatchObject({ open: true, reason: 'ok' });
  await page.context().setOffline(false);

  await page.reload();
  await pass.boundQr().waitFor();
  const reloaded = await readQrFrom(pass.qr());
  expect(await scanned(reloaded, undefined, 'east')).toMatchObject({ open: true, reason: 'ok' });
  expect(await bindings(visit.pass)).toHaveLength(1);
});

it('on another phone it binds again quietly, and what the first one showed is worthless', async () => {
  const visit = await anApprovedVisit(stage.system);
  const [one, other] = [await stage.phone(), await stage.phone()];
  await signIn(one, visit);
  const first = await show(one, visit);
  await first.boundQr().waitFor();
  const picture = await readQrFrom(first.qr());

  // The same account: a second code so soon is not sent.
  await other.context().addCookies(await one.context().cookies());
  const second = await show(other, visit);
  await second.boundQr().waitFor();
  expect(await scanned(await readQrFrom(second.qr()))).toMatchObject({ open: true, reason: 'ok' });
  await until(async () => (await scanned(picture)).reason === 'revoked', 'the gate has heard of it');

  // Coming back to the first phone: it says so, offers the version for paper, and takes nothing back by itself.
  await one.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`);
  await one.getByText('此凭证已绑定另一部手机').waitFor();
  await examine('pass-elsewhere', one);
  expect(await scanned(await readQrFrom(first.qr()))).toMatchObject({ open: false, reason: 'id_required' });
  expect(await bindings(visit.pass)).toHaveLength(2);
  await one.getByRole('button', { name: '改在本机使用' }).click();
  await first.boundQr().waitFor();
  const back = await readQrFrom(first.qr());
  expect(await scanned(back, undefined, 'east')).toMatchObject({ open: true, reason: 'ok' });
});

it('a printed pass stays valid: no phone takes the pass over unasked', async () => {
  const visit = await anApprovedVisit(stage.system);
  const [desk, other] = [await stage.phone({ javaScript: false }), await stage.phone()];
  await signIn(desk, visit);
  await desk.goto(`${stage.system.web}/passes/${visit.pass}/print`);
  const paper = await readQrFrom(desk.locator('.paper__qr'));

  await other.context().addCookies(await desk.context().cookies());
  const pass = await show(other, visit);
  await other.getByText('这张凭证已打印或存为图片').waitFor();
  await examine('pass-printed', other);
  expect(await scanned(await readQrFrom(pass.qr()))).toMatchObject({ open: true, reason: 'ok' });
  expect(await scanned(paper, visit.document)).toMatchObject({ open: true, reason: 'ok' });
  expect(await bindings(visit.pass)).toHaveLength(0);

  await other.getByRole('button', { name: '改在本机使用' }).click();
  await pass.boundQr().waitFor();
  await until(async () => (await scanned(paper, visit.document)).reason === 'revoked', 'the gate has heard of it');
});

it('its holder is told when another person opens it with the code', async () => {
  const { system } = stage;
  const visit = await anApprovedVisit(system);
  const own = await stage.phone();
  await signIn(own, visit);
  const texts = () => new SandboxPhones(system.sandbox).texts(visit.phone);
  const before = (await texts()).length;

  const stranger = await stage.phone();
  const shown = await show(stranger, visit);
  await shown.openWithCode((await readVisitCode(system.db, system.cipher, visit.pass)) ?? '');
  await shown.boundQr().waitFor();
  await until(async () => (await texts()).length > before, 'the holder is told');

  await show(own, visit);
  await expectWords(own, ['打开记录', '绑定到一部手机', '有人凭访客验证码打开，未登录']);
  await stranger.reload();
  await shown.boundQr().waitFor();
  expect(await stranger.getByText('打开记录').count()).toBe(0);
});

it('without JavaScript the server renews it, the tabs are pages and paper asks for the document', async () => {
  const visit = await anApprovedVisit(stage.system);
  const page = await stage.phone({ javaScript: false });
  await show(page, visit);
  const pass = new PassPage(page);
  await pass.openWithCode((await readVisitCode(stage.system.db, stage.system.cipher, visit.pass)) ?? '');
  await pass.qr().waitFor();
  expect(await scanned(await readQrFrom(pass.qr()))).toMatchObject({ open: true, reason: 'ok' });
  for (const [tab, words] of [
    ['如何到达', '建议从东门入校'],
    ['会议投屏', '投屏'],
    ['食堂餐饮', '食堂'],
    ['来访必读', '出发前'],
  ] as const) {
    await pass.tab(tab).click();
    await page.locator('#guide').getByText(words).first().waitFor();
  }

  const picture = await page.context().request.get(`${stage.system.web}/passes/${visit.pass}/image.png`);
  const paper = await readQr(await picture.body());
  expect(await scanned(paper)).toMatchObject({ open: false, reason: 'id_required' });
  expect(await scanned(paper, visit.document)).toMatchObject({ open: true, reason: 'ok' });
  await page.getByRole('link', { name: '打印凭证' }).click();
  expect(await readQrFrom(page.locator('.paper__qr'))).toBe(paper);
});

it('when two tabs are tapped on a slow network, the last one is shown, whichever answer comes first', async () => {
  const visit = await anApprovedVisit(stage.system);
  const page = await stage.phone();
  await signIn(page, visit);
  const slow = { dining: Promise.withResolvers<void>(), 'screen-casting': Promise.withResolvers<void>() };
  for (const [topic, { promise }] of Object.entries(slow)) {
    await page.route(new RegExp(`/guide\\?tab=${topic}`), async (route) => {
      await promise;
      await route.continue();
    });
  }
  const pass = await show(page, visit);
  await pass.qr().waitFor();
  await page.waitForLoadState('load');
  await pass.tab('食堂餐饮').click();
  await pass.tab('会议投屏').click();
  const arrived = page.waitForResponse(/guide\?tab=dining/);
  slow.dining.resolve();
  await (await arrived).finished();
  slow['screen-casting'].resolve();
  await page.locator('#guide a[aria-current]', { hasText: '会议投屏' }).waitFor();
  expect(page.url()).toContain('screen-casting');
});

it('every tab and the paper pass are what a reader needs, in both languages', async () => {
  const visit = await anApprovedVisit(stage.system);
  const page = await stage.phone();
  await signIn(page, visit);
  const pass = await show(page, visit);
  await pass.boundQr().waitFor();
  await page.getByText('南门、东门已就绪').waitFor();
  await expectWords(page, ['可通行', '通行时，请出示二维码核验', '已就绪', '入校码', '走错校门怎么办']);
  await expectWords(page, ['来访必读', '如何到达', '会议投屏', '食堂餐饮']);
  for (const tab of ['来访必读', '如何到达', '会议投屏', '食堂餐饮'] as const) {
    const before = page.url();
    await pass.tab(tab).click();
    await page.locator('#guide a[aria-current]', { hasText: tab }).waitFor();
    // The same page: its QR was never gone.
    if (tab !== '来访必读') expect(page.url()).not.toBe(before);
    expect(await pass.boundQr().count()).toBe(1);
  }
  await pass.tab('如何到达').click();
  for (const map of ['高德地图', '腾讯地图', '苹果地图']) {
    expect(await page.getByRole('link', { name: map }).getAttribute('href')).toContain('37.99');
  }
  expect(await page.getByRole('img', { name: '校园平面图' }).count()).toBe(1);
  await page.goto(`${stage.system.web}/passes/${visit.pass}/print`);
  await examine('pass-paper', page);
  await page.getByRole('link', { name: '返回' }).click();
  await page.getByRole('button', { name: 'English' }).click();
  await page.getByRole('link', { name: 'Getting here' }).click();
  await page.getByText('Best gate for you: East gate').waitFor();
  await examine('pass-english', page);
});

it('a visit ends with its window: the pass has expired by its own date, the page tells the outcome', async () => {
  const { system } = stage;
  const page = await stage.phone();
  await page.context().addCookies(ending.cookies);
  await page.goto(`${system.web}/reservations/${ending.reservation}`);
  await until(() => Date.now() > ending.end, 'the window is over', 120);
  const late = await scan(system.gates.east, { kind: 'qr', value: ending.value });
  expect(late).toMatchObject({ open: false, reason: 'expired' });
  await new ReservationPage(page).timeline().filter({ hasText: '访问已完成' }).waitFor();
  await examine('reservation-ended', page);
  await page.goto(`${system.web}${ending.passPath}`);
  await expectWords(page, ['通行凭证', '访问时间已过']);
  await examine('pass-over', page);
});
