import type { Page } from 'playwright-core';
import { type System, staffLogins } from '../testing/system.ts';
import { PassPage } from './pages/pass.ts';
import type { VisitForm } from './pages/reservation.ts';
import { ReservationForm, ReservationPage } from './pages/reservation.ts';
import { Inbox, StaffLogin } from './pages/staff.ts';
import { ConsentDialog, HomePage, ProfilePage, RegisterPage } from './pages/visitor.ts';
import type { Visitor } from './people.ts';
import { SandboxPhones } from './sandbox-phone.ts';

/** Called on every page that a walk meets, once it is as it should be: to look at it. */
export type Look = (name: string, page: Page) => Promise<void>;

export interface Walk {
  system: System;
  page: Page;
  visitor: Visitor;
  look: Look;
}

export const department = '信息科学与工程学院';

/** From `/register` to 访客首页. */
export async function becomeVisitor(walk: Walk): Promise<void> {
  await provePhone(walk);
  await agreeToNotice(walk);
  await completeProfile(walk);
}

export async function provePhone({ system, page, visitor, look }: Walk): Promise<void> {
  const register = new RegisterPage(page);
  if (!page.url().includes('/register')) await register.open(system.web);
  await look('register', page);
  await register.askForCode(visitor.phone);
  const code = await new SandboxPhones(system.sandbox).loginCode(visitor.phone);
  await look('register-code-sent', page);
  await register.register(code);
}

export async function agreeToNotice({ page, look }: Walk): Promise<void> {
  const consent = new ConsentDialog(page);
  await consent.dialog().waitFor();
  await look('consent', page);
  await consent.agree();
}

export async function completeProfile(walk: Walk): Promise<void> {
  await sendProfile(walk);
  await new HomePage(walk.page).heading().waitFor();
}

export async function sendProfile({ page, visitor, look }: Walk): Promise<void> {
  const profile = new ProfilePage(page);
  await profile.heading().waitFor();
  await look('profile', page);
  await profile.fill(visitor);
  await look('profile-filled', page);
  await profile.confirm();
}

/** From 访客首页 to the page of a submitted reservation. @returns its id */
export async function reserve(walk: Walk, visit: VisitForm): Promise<string> {
  const { page, look } = walk;
  await new HomePage(page).entry(visit.host === undefined ? '因公访客通道' : '个人访客通道').click();
  const form = new ReservationForm(page);
  await page.getByRole('button', { name: '提交预约' }).waitFor();
  await look('form', page);
  await form.fill(visit);
  await look('form-filled', page);
  await form.submit();
  await page.waitForURL(/\/reservations\/[0-9a-f-]{36}$/);
  await look('reservation', page);
  return new ReservationPage(page).id;
}

/** An approver signs in, finds the visitor's task and decides it. */
export async function decide(
  { system, page, look }: { system: System; page: Page; look: Look },
  visitor: Visitor,
  refusal?: string,
): Promise<void> {
  await new StaffLogin(page).signIn(system.web, staffLogins.approver);
  const inbox = new Inbox(page);
  await inbox.task(visitor.name).waitFor();
  await look('inbox', page);
  await inbox.task(visitor.name).click();
  await page.getByRole('heading', { name: '审批意见' }).waitFor();
  await look('inbox-task', page);
  if (refusal === undefined) await inbox.approve();
  else await inbox.reject(refusal);
  await inbox.verdict().waitFor();
  await look('inbox-decided', page);
}

/** The link in the message, opened with the code in it. */
export async function openPassWithCode(page: Page, message: { url: string; code: string }): Promise<PassPage> {
  await page.goto(message.url);
  const pass = new PassPage(page);
  await pass.openWithCode(message.code);
  await pass.qr().waitFor();
  return pass;
}
