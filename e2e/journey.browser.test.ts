import { expect, it } from 'vitest';
import { staffLogins } from '../testing/system.ts';
import { until } from '../testing/until.ts';
import { examine } from './examine.ts';
import { PassPage } from './pages/pass.ts';
import { ReservationPage } from './pages/reservation.ts';
import { AdminReservations, StaffLogin } from './pages/staff.ts';
import { HomePage } from './pages/visitor.ts';
import { readQrFrom } from './qr.ts';
import { SandboxPhones } from './sandbox-phone.ts';
import { scan } from './scanner.ts';
import { long, openStage, visitOf } from './stage.ts';
import { becomeVisitor, decide, reserve } from './walk.ts';
import { expectWords } from './words.ts';

const stage = openStage();

it('a visitor walks from a phone number to an open gate', async () => {
  const visitor = stage.newVisitor();
  const page = await stage.phone();
  const walk = { system: stage.system, page, visitor, look: examine };
  await becomeVisitor(walk);
  await examine('home', page);

  await reserve(walk, { ...visitOf(long), note: '送实验器材' });
  const detail = new ReservationPage(page);
  await detail.timeline().filter({ hasText: '预约已提交' }).waitFor();

  const approver = await stage.desk();
  await decide({ system: stage.system, page: approver, look: examine }, visitor);
  // No reload: the page follows the workflow by itself.
  await detail.timeline().filter({ hasText: '审批已通过' }).waitFor();
  await detail.passLink().waitFor();
  await examine('reservation-approved', page);

  const [text] = await until(async () => {
    const all = await new SandboxPhones(stage.system.sandbox).texts(visitor.phone);
    return all.length > 1 && all;
  }, 'the message');
  expect(text?.text).toMatch(/校本部.*\d{6}/s);

  // The same phone, a second tab; the reservation stays open in the first.
  const tab = await page.context().newPage();
  const home = new HomePage(tab);
  await home.open(stage.system.web);
  await expectWords(tab, ['我的凭证', '园区通行证', '最近行程', '校本部']);
  await home.entry('我的凭证').click();
  const shown = new PassPage(tab);
  await shown.qr().waitFor();
  await examine('pass', tab);
  const answer = await until(async () => {
    const said = await scan(stage.system.gates.south, { kind: 'qr', value: await readQrFrom(shown.qr()) });
    return said.open && said;
  }, 'the gate opens');
  expect(answer).toMatchObject({ open: true, reason: 'ok', message: { 'zh-CN': '核验通过，请通行。' } });

  await tab.close();
  const entered = detail.timeline().filter({ hasText: '已入校' });
  await entered.waitFor();
  expect(await entered.textContent()).toMatch(/南门/);
  await page.getByText('您正在校内').waitFor();
  await approver.reload();
  await approver.getByText(/从南门入校/).waitFor();

  const admin = await stage.desk();
  await new StaffLogin(admin).signIn(stage.system.web, staffLogins.admin);
  const list = new AdminReservations(admin);
  await list.open(stage.system.web);
  await examine('admin-list', admin);
  await list.search(visitor.phone);
  await list.openFound(visitor.name);
  await list.part('办理进度').getByText('已入校').waitFor();
  await list.part('凭证与校门').getByText('已生效').first().waitFor();
  await list.part('消息').getByText('已受理').first().waitFor();
  await examine('admin-one', admin);
});
