import { expect, it } from 'vitest';
import { staffLogins } from '../testing/system.ts';
import { until } from '../testing/until.ts';
import { examine } from './examine.ts';
import { AdminReservations, StaffLogin } from './pages/staff.ts';
import { HomePage, PassPage, ReservationPage } from './pages/visitor.ts';
import { readQrFrom } from './qr.ts';
import { SandboxPhones } from './sandbox-phone.ts';
import { scan } from './scanner.ts';
import { openStage, visitOf } from './stage.ts';
import { becomeVisitor, decide, reserve } from './walk.ts';
import { expectWords } from './words.ts';

const stage = openStage();

it('a visitor walks from a phone number to an open gate, and the visit ends', async () => {
  const visitor = stage.newVisitor();
  const page = await stage.phone();
  const walk = { system: stage.system, page, visitor, look: examine };
  await becomeVisitor(walk);
  await examine('home', page);

  const lasting = 45_000;
  const end = Date.now() + lasting;
  const reservation = await reserve(walk, { ...visitOf(lasting), note: '送实验器材' });
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

  const home = new HomePage(page);
  await home.open(stage.system.web);
  await expectWords(page, ['我的凭证', '园区通行证', '最近行程', '校本部']);
  await home.entry('我的凭证').click();
  const shown = new PassPage(page);
  await shown.qr().waitFor();
  await examine('pass', page);
  const code = await readQrFrom(shown.qr());
  const answer = await until(async () => {
    const said = await scan(stage.system.gates.south, { kind: 'qr', value: await readQrFrom(shown.qr()) });
    return said.open && said;
  }, 'the gate opens');
  expect(answer).toMatchObject({ open: true, reason: 'ok', message: { 'zh-CN': '核验通过，请通行。' } });

  await page.goto(`${stage.system.web}/reservations/${reservation}`);
  await detail
    .timeline()
    .filter({ hasText: /已入校.*南门/s })
    .waitFor();
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

  await until(() => Date.now() > end, 'the window is over', 60);
  expect(await scan(stage.system.gates.east, { kind: 'qr', value: code })).toMatchObject({
    open: false,
    reason: 'expired',
  });
  await detail.timeline().filter({ hasText: '访问已完成' }).waitFor({ timeout: 30_000 });
  await examine('reservation-ended', page);
});
