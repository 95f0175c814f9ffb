import { expect, it } from 'vitest';
import { until } from '../testing/until.ts';
import { examine, pass } from './examine.ts';
import { ReservationForm, ReservationPage } from './pages/reservation.ts';
import { HomePage } from './pages/visitor.ts';
import { long, openStage, visitOf } from './stage.ts';
import { agreeToNotice, decide, provePhone, sendProfile } from './walk.ts';
import { expectWords } from './words.ts';

const stage = openStage();

it('a lead brings one companion by declaration and one by invitation; a person who is late follows', async () => {
  const { system } = stage;
  const { visitor, page } = await stage.settled();
  const [late, old] = [stage.newVisitor(), stage.newVisitor()];
  await new HomePage(page).entry('因公访客通道').click();
  const form = new ReservationForm(page);
  const { host: _, ...visit } = visitOf(long);
  await form.fill({ ...visit, note: '带两位同事' });
  await page.getByRole('region', { name: '同行访客' }).getByRole('button', { name: '添加' }).click();
  await page.getByRole('heading', { name: '选择同行访客' }).waitFor();
  await expectWords(page, ['选择同行访客', '搜索', '添加', '暂无数据', '取消', '确定']);
  await examine('companions-empty', page);

  await page.getByRole('button', { name: '添加' }).click();
  await page.getByRole('heading', { name: '完善同行人员信息' }).waitFor();
  await page.getByRole('textbox', { name: '姓名' }).fill(old.name);
  await page.getByRole('textbox', { name: '证件号' }).fill(old.document);
  await page.getByRole('checkbox', { name: '本人已征得其同意' }).check();
  await examine('companion-details', page);
  await page.getByRole('button', { name: '确认', exact: true }).click();
  await page.getByText(old.name).first().waitFor();

  await page.getByRole('button', { name: '添加' }).click();
  await page.getByRole('link', { name: /请本人填写/ }).click();
  await page.getByRole('textbox', { name: '姓名' }).fill(late.name);
  await page.getByRole('textbox', { name: '手机号' }).fill(late.phone);
  await examine('companion-invite', page);
  await page.getByRole('button', { name: '生成邀请链接' }).click();
  const link = await page.getByRole('textbox', { name: '邀请链接' }).inputValue();
  await examine('companion-link', page);
  await page.getByRole('link', { name: '返回同行访客' }).click();
  await examine('companions', page);
  await page.getByRole('button', { name: '确定' }).click();

  const party = page.getByRole('region', { name: '同行访客' });
  const masked = `${late.phone.slice(0, 3)}****${late.phone.slice(-4)}`;
  await party.getByText(masked).waitFor();
  expect(await page.locator('[name=note]').inputValue()).toBe('带两位同事');
  await examine('form-party', page);
  await form.submit();
  await page.waitForURL(/\/reservations\/[0-9a-f-]{36}$/);
  const reservation = new ReservationPage(page).id;
  await decide({ system, page: await stage.desk(), look: pass }, visitor);
  const passes = async () => new Set(await system.db('pass').where({ reservation_id: reservation }).pluck('ordinal'));
  await until(async () => (await passes()).size === 2, 'lead and the declared companion have their passes');

  const other = await stage.phone();
  await other.goto(link);
  await other.getByRole('heading', { name: '加入同行' }).waitFor();
  await examine('join', other);
  await other.getByRole('link', { name: '验证手机号' }).click();
  const lateWalk = { system, page: other, visitor: late, look: pass };
  await provePhone(lateWalk);
  await other.getByRole('link', { name: '阅读须知' }).click();
  await agreeToNotice(lateWalk);
  await sendProfile(lateWalk);
  await examine('join-ready', other);
  await other.getByRole('button', { name: '同意并加入' }).click();
  await other.getByRole('heading', { name: '已加入', exact: true }).waitFor();
  await examine('joined', other);
  await until(async () => (await passes()).size === 3, 'the late companion has a pass too');
  await other.goto(`${system.web}/passes`);
  await other.getByRole('heading', { name: '通行凭证' }).waitFor();

  await page.goto(`${system.web}/reservations/${reservation}`);
  await page.getByText(late.name).first().waitFor();
  const text = (await page.getByRole('main').textContent()) ?? '';
  expect(text).not.toContain(late.document.slice(-4));
});
