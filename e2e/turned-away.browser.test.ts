import { expect, it } from 'vitest';
import { until } from '../testing/until.ts';
import { examine, pass } from './examine.ts';
import { PassPage } from './pages/pass.ts';
import { ReservationForm, ReservationPage } from './pages/reservation.ts';
import { HomePage } from './pages/visitor.ts';
import { reserve } from './plain-walk.ts';
import { readQrFrom } from './qr.ts';
import { SandboxPhones } from './sandbox-phone.ts';
import { scan } from './scanner.ts';
import { long, openStage, visitOf } from './stage.ts';
import { agreeToNotice, completeProfile, decide, provePhone, sendProfile } from './walk.ts';
import { expectWords } from './words.ts';

const stage = openStage();

it('a visitor who disagrees cannot go on', async () => {
  const visitor = stage.newVisitor();
  const page = await stage.phone();
  await provePhone({ system: stage.system, page, visitor, look: pass });
  await page.getByRole('button', { name: '不同意' }).click();
  await page.waitForURL(/refused/);
  await examine('refused', page);
  for (const path of ['/', '/profile', '/reservations', '/reservations/new?channel=personal', '/passes']) {
    await page.goto(stage.system.web + path);
    expect(new URL(page.url()).pathname, path).toMatch(/^\/consent/);
  }
});

it('a visitor reads at each field what is missing, and keeps what was typed', async () => {
  const visitor = stage.newVisitor();
  const page = await stage.phone();
  const walk = { system: stage.system, page, visitor: { ...visitor, name: '', document: '' }, look: pass };
  await provePhone({ ...walk, visitor });
  await agreeToNotice(walk);
  await sendProfile(walk);
  await page.getByText('姓名不能为空').first().waitFor();
  await expectWords(page, ['姓名不能为空', '证件号不能为空']);
  await examine('profile-wrong', page);
  expect(await page.getByRole('textbox', { name: '单位', exact: true }).inputValue()).toBe(visitor.unit);
  await completeProfile({ ...walk, visitor });
  await new HomePage(page).entry('因公访客通道').click();
  const form = new ReservationForm(page);
  expect(await form.host().count()).toBe(0);
  await form.submit();
  await page.getByText('请选择访问部门').first().waitFor();
  await expectWords(page, ['请选择访问部门', '请选择访问事由']);
  await examine('form-wrong', page);
});

it('a visitor cancels, and the pass is revoked at the gates', async () => {
  const { visitor, page, plain } = await stage.settled();
  const reservation = await reserve(plain, visitOf(long));
  await page.goto(`${stage.system.web}/reservations/${reservation}`);
  await decide({ system: stage.system, page: await stage.desk(), look: pass }, visitor);
  const detail = new ReservationPage(page);
  await detail.passLink().click();
  const shown = new PassPage(page);
  await shown.qr().waitFor();
  const value = await readQrFrom(shown.qr());
  await page.goBack();
  await detail.cancel();
  await detail.timeline().filter({ hasText: '预约已取消' }).waitFor();
  await examine('reservation-cancelled', page);
  for (const gate of [stage.system.gates.south, stage.system.gates.east]) {
    await until(async () => (await scan(gate, { kind: 'qr', value })).reason === 'revoked', 'the gate knows');
  }
  await until(
    async () => (await new SandboxPhones(stage.system.sandbox).texts(visitor.phone))[0]?.text.includes('取消'),
    'the visitor is told',
  );
});

it('a visitor is told why it was refused', async () => {
  const { visitor, page, plain } = await stage.settled();
  const reservation = await reserve(plain, visitOf(long));
  await page.goto(`${stage.system.web}/reservations/${reservation}`);
  await decide({ system: stage.system, page: await stage.desk(), look: pass }, visitor, '当日校内有考试，请改期');
  await page.getByText('当日校内有考试，请改期').waitFor();
  await examine('reservation-refused', page);
});
