import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { maskName } from '../domain/masking.ts';
import { day, hour, minute, toLocalInput } from '../domain/time.ts';
import { roundTheClock, rungsEvery } from '../testing/rungs.ts';
import { staffLogins } from '../testing/system.ts';
import { until } from '../testing/until.ts';
import type { ScreenOptions } from './browser.ts';
import { examine } from './examine.ts';
import { LivingPage } from './pages/living.ts';
import { PassPage } from './pages/pass.ts';
import { ReservationPage } from './pages/reservation.ts';
import { Inbox, StaffLogin } from './pages/staff.ts';
import type { Visitor } from './people.ts';
import { decide, passOf, reserve } from './plain-walk.ts';
import { long, openStage, visitOf } from './stage.ts';

/** The department's side beside deciding: who stands in, who may act late, who ends a visit, who says how it goes. */

const stage = openStage();
const { password } = staffLogins.approver;
const noScripts = { javaScript: false };
const at = (fromNow: number) => toLocalInput(Math.floor((Date.now() + fromNow) / minute) * minute);

/** On a phone or at a desk of their own. */
async function staff(username: string, at: 'phone' | 'desk', options: ScreenOptions = {}): Promise<Page> {
  const page = await stage[at](options);
  await new StaffLogin(page).signIn(stage.system.web, { username, password });
  return page;
}

async function openTask(page: Page, visitor: Visitor): Promise<Inbox> {
  const inbox = new Inbox(page);
  await inbox.open(stage.system.web);
  await inbox.task(visitor.name).first().click();
  await page.getByRole('heading', { name: '审批意见' }).waitFor();
  return inbox;
}

async function examineInBothLanguages(page: Page): Promise<void> {
  const { pathname } = new URL(page.url());
  for (const language of ['en', 'zh-CN']) {
    await page.goto(`${stage.system.web}${pathname}?lang=${language}`);
    await examine(`${pathname} in ${language}`, page);
  }
}

/** Looks at both in both languages. @returns the desk */
async function onPhoneAndDesk(username: string, go: (page: Page) => Promise<void>) {
  const [phone, desk] = [await staff(username, 'phone'), await staff(username, 'desk')];
  for (const page of [phone, desk]) {
    await go(page);
    await examineInBothLanguages(page);
  }
  return { page: desk, inbox: new Inbox(desk) };
}

it('a delegate and an assistant see for whom they act, given on a phone without JavaScript', async () => {
  const { visitor, page, plain } = await stage.settled();
  const reservation = await reserve(plain, visitOf(long));
  const given = await staff('approver', 'phone', noScripts);
  for (const [field, who, button] of [
    ['delegate', 'host', '委托'],
    ['assistant', 'approver2', '指定为助理'],
  ] as const) {
    await given.goto(`${stage.system.web}/staff/standing-in`);
    await given.locator(`[name=${field}]`).fill(who);
    await given.getByRole('button', { name: button, exact: true }).click();
    await given.getByRole('status').waitFor();
  }

  const { page: delegate } = await onPhoneAndDesk('host', async (page) => {
    await openTask(page, visitor);
    expect(await page.locator('#acting-for').textContent()).toContain('您受 赵敏 委托');
  });
  await delegate.goto(`${stage.system.web}/staff/standing-in`);
  await examineInBothLanguages(delegate);

  const { inbox } = await onPhoneAndDesk('approver2', async (page) => {
    await openTask(page, visitor);
    expect(await page.locator('#acting-for').textContent()).toContain('赵敏 的助理');
  });
  await inbox.approve();
  await inbox.verdict().getByText('刘洋（赵敏 的助理）').waitFor();
  await page.goto(`${stage.system.web}/reservations/${reservation}`);
  await new ReservationPage(page).passLink().waitFor();
});

it('security ends a visit on a phone without JavaScript; the pass says so, and the evidence who approved it', async () => {
  const { visitor, page, plain } = await stage.settled();
  const reservation = await reserve(plain, visitOf(long));
  await decide(stage.system, visitor);
  await page.goto(stage.system.web + (await passOf(plain, reservation)));
  await new PassPage(page).qr().waitFor();

  const desk = await staff('security', 'phone', noScripts);
  await desk.goto(`${stage.system.web}/security`);
  await desk
    .getByRole('link', { name: maskName(visitor.name) })
    .first()
    .click();
  const looking = await staff('security', 'desk');
  for (const path of ['/security', new URL(desk.url()).pathname]) {
    await looking.goto(stage.system.web + path);
    await examineInBothLanguages(looking);
  }
  await desk.locator('summary', { hasText: '撤销来访' }).click();
  await desk.locator('[name=revocation_reason]').selectOption('safety');
  await desk.getByRole('button', { name: '确认撤销' }).click();

  // The phone is taken in hand again: the page asks at once, and else with the next half minute.
  const standing = () => stage.system.db('pass').where({ reservation_id: reservation, revoked_at: null }).first('id');
  await until(async () => (await standing()) === undefined, 'the pass is taken off');
  await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`);
  await page.getByText('凭证已失效').waitFor();
  await examine('pass-revoked', page);
  await page.goto(`${stage.system.web}/reservations/${reservation}`);
  await new LivingPage(page).says(/校方已撤销本次来访/);

  const admin = await staff('admin', 'desk');
  await admin.goto(`${stage.system.web}/staff/visits/${reservation}/evidence`);
  await admin.getByText('安全管理需要').first().waitFor();
  expect(await admin.getByText('赵敏').count()).toBeGreaterThan(0);
  await examineInBothLanguages(admin);
});

it('the deputy decides once the ladder came to them', async () => {
  await roundTheClock(stage.system.owner);
  await rungsEvery(stage.system.owner, 0.5, 0.5, 0.5, 600);
  const { visitor, page, plain } = await stage.settled();
  const tomorrow = { ...visitOf(hour), from: at(day), until: at(day + 2 * hour) };
  const reservation = await reserve(plain, tomorrow);
  const come = () => stage.system.db('task').where({ reservation_id: reservation }).where('rung', '>=', 3).first('id');
  await until(come, 'the ladder has come to the deputy');
  const { inbox } = await onPhoneAndDesk('deputy', async (page) => {
    const inbox = new Inbox(page);
    await inbox.open(stage.system.web);
    await inbox.task(visitor.name).first().waitFor();
    await examineInBothLanguages(page);
    await openTask(page, visitor);
  });
  await inbox.approve();
  await inbox.verdict().getByText('孙丽').waitFor();
  await page.goto(`${stage.system.web}/reservations/${reservation}`);
  await new LivingPage(page).says(/^可以来访/);
});

it('an admin publishes a policy of two steps without JavaScript, and finds it drawn', async () => {
  const admin = await staff('admin', 'desk', noScripts);
  await admin.goto(`${stage.system.web}/admin/policies/new`);
  await admin.locator('[name=department]').selectOption({ label: '信息科学与工程学院' });
  await admin.getByRole('button', { name: '添加步骤' }).click();
  await admin.locator('[name=step_1_signer_0]').selectOption('role:head');
  await admin.getByRole('button', { name: '发布新版本' }).click();
  await admin.getByText('已发布').waitFor();
  const phone = await staff('admin', 'phone');
  await phone.goto(`${stage.system.web}/admin/policies`);
  const drawn = phone.getByRole('region', { name: /^信息科学与工程学院/ });
  await drawn.getByText('第 2 步').waitFor();
  await examineInBothLanguages(phone);
  await drawn.getByRole('link').click();
  await phone.getByRole('heading', { name: '流程图' }).waitFor();
  await examineInBothLanguages(phone);
});
