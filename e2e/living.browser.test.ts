import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { day, hour, minute, toLocalInput } from '../domain/time.ts';
import { staffLogins } from '../testing/system.ts';
import { until } from '../testing/until.ts';
import { examine } from './examine.ts';
import { LivingPage, TaskPage } from './pages/living.ts';
import { PassPage } from './pages/pass.ts';
import { ReservationPage } from './pages/reservation.ts';
import { Inbox, StaffLogin } from './pages/staff.ts';
import type { Visitor } from './people.ts';
import { reserve } from './plain-walk.ts';
import { readQrFrom } from './qr.ts';
import { scan } from './scanner.ts';
import { openStage, visitOf } from './stage.ts';

const stage = openStage();
/** To the minute, as a form takes it. */
const at = (fromNow: number) => toLocalInput(Math.floor((Date.now() + fromNow) / minute) * minute);
const tomorrow = { ...visitOf(hour), from: at(day), until: at(day + 2 * hour) };

async function anApprover(): Promise<Page> {
  const desk = await stage.desk();
  await new StaffLogin(desk).signIn(stage.system.web, staffLogins.approver);
  return desk;
}

async function openTask(desk: Page, visitor: Visitor): Promise<Inbox> {
  const inbox = new Inbox(desk);
  await inbox.open(stage.system.web);
  await inbox.task(visitor.name).first().click();
  await desk.getByRole('heading', { name: '审批意见' }).waitFor();
  return inbox;
}

async function aReservation(visit: ReturnType<typeof visitOf>) {
  const { visitor, page, plain } = await stage.settled();
  const reservation = await reserve(plain, visit);
  await page.goto(`${stage.system.web}/reservations/${reservation}`);
  return { visitor, page, living: new LivingPage(page) };
}

it('a request is returned, corrected and approved, while the page follows by itself', async () => {
  const { visitor, page, living } = await aReservation(tomorrow);
  await living.says(/^请等待信息科学与工程学院审批/);
  const desk = await anApprover();
  const inbox = await openTask(desk, visitor);
  await new TaskPage(desk).sendBack('请写明带入的器材');
  await inbox.verdict().getByText('已退回').waitFor();
  await examine('inbox-returned', desk);

  await living.says(/退回了预约，请您在/);
  await examine('reservation-returned', page);
  await living.correct();
  await page.locator('[name=note]').fill('两箱测试器材');
  await page.getByRole('button', { name: '提交预约' }).click();
  await living.says(/^请等待/);
  await openTask(desk, visitor);
  await desk.getByText('两箱测试器材').waitFor();
  await inbox.approve();
  await living.says(/^可以来访/);
});

it('the department is reminded, proposes another time, and the visitor accepts it', async () => {
  const { visitor, page, living } = await aReservation(tomorrow);
  await living.remind();
  await page.getByText(/已提醒审批人；/).waitFor();
  await examine('reservation-reminded', page);
  const desk = await anApprover();
  await new Inbox(desk).open(stage.system.web);
  await new Inbox(desk).tasks().filter({ hasText: '已催办 1 次' }).first().waitFor();
  await examine('inbox-reminded', desk);
  await openTask(desk, visitor);
  await new TaskPage(desk).propose(at(2 * day), at(2 * day + hour), '当天停电检修');
  await desk.getByText(/等待访客答复/).waitFor();
  await examine('inbox-proposed', desk);

  await living.says(/信息科学与工程学院建议改到/);
  await examine('reservation-proposed', page);
  await living.acceptProposal();
  await living.says(/^可以来访/);
});

it('a proposal is refused, a change is taken back, and the visit that is over is copied', async () => {
  const { visitor, page, living } = await aReservation(tomorrow);
  const desk = await anApprover();
  const inbox = await openTask(desk, visitor);
  await new TaskPage(desk).propose(at(2 * day), at(2 * day + hour), '');
  await living.says(/信息科学与工程学院建议改到/);
  await living.refuseProposal();
  await living.says(/^请等待信息科学与工程学院审批/);
  await openTask(desk, visitor);
  await inbox.approve();
  await living.says(/^可以来访/);
  await living.openChange();
  await page.locator('[name=until_time]').selectOption('24:00');
  await page.getByRole('button', { name: '提交变更' }).click();
  await living.says(/原预约继续有效/);
  await living.withdrawChange();
  await living.says(/^可以来访/);
  await new ReservationPage(page).cancel();
  await living.says(/^预约已取消/);
  await living.copy();
  await page.getByText('已按所选的来访填写').waitFor();
  await examine('form-copied', page);
  await page.getByRole('button', { name: '提交预约' }).click();
  await living.says(/^请等待信息科学与工程学院审批/);
});

it('a change waits beside what stands; then the visit is cancelled', async () => {
  const { visitor, page, living } = await aReservation(tomorrow);
  const desk = await anApprover();
  const inbox = await openTask(desk, visitor);
  await inbox.approve();
  await living.says(/^可以来访/);
  await living.openChange();
  await examine('change-form', page);
  await page.locator('[name=until_time]').selectOption('24:00');
  await page.locator('[name=plate]').fill('不是车牌');
  await page.getByRole('button', { name: '提交变更' }).click();
  await page.getByText(/车牌号格式不正确/).waitFor();
  await examine('change-wrong', page);
  await page.locator('[name=plate]').fill('冀A12345');
  await page.getByRole('button', { name: '提交变更' }).click();
  await living.says(/原预约继续有效/);
  await examine('change-waiting', page);
  await openTask(desk, visitor);
  await examine('inbox-change', desk);
  await inbox.approve();
  await living.says(/^可以来访/);
  await page.getByText('变更已生效').waitFor();
  await new ReservationPage(page).cancel();
  await living.says(/^预约已取消/);
  await examine('reservation-over', page);
});

it('somebody inside asks to stay longer', async () => {
  const { visitor, page, living } = await aReservation(visitOf(hour));
  const desk = await anApprover();
  const inbox = await openTask(desk, visitor);
  await inbox.approve();
  const detail = new ReservationPage(page);
  await detail.passLink().click();
  const shown = new PassPage(page);
  await shown.qr().waitFor();
  // What the phone shows changes while it is bound, and every half minute.
  await until(async () => {
    const value = await readQrFrom(shown.qr());
    return (await scan(stage.system.gates.south, { kind: 'qr', value })).open;
  }, 'the gate opens');
  await page.goBack();
  await living.says(/^您正在校内，请在 .* 前离校/);
  expect(await page.getByText('取消预约').count()).toBe(0);
  await examine('reservation-inside', page);
  await living.openExtension();
  await examine('extension-form', page);
  await page.getByRole('button', { name: '申请延长' }).click();
  await living.says(/请按原定时间在/);
  await openTask(desk, visitor);
  await inbox.approve();
  await living.says(/^您正在校内/);
  await page.getByText('变更已生效').waitFor();
});
