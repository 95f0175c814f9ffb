import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { forgetTries } from '../testing/bad-input/ground.ts';
import { staffLogins } from '../testing/system.ts';
import { examine, pass } from './examine.ts';
import { AccountPage, PhoneChange, Recovery } from './pages/account.ts';
import { StaffLogin } from './pages/staff.ts';
import { HomePage } from './pages/visitor.ts';
import type { Visitor } from './people.ts';
import { reserve } from './plain-walk.ts';
import { SandboxPhones } from './sandbox-phone.ts';
import { long, openStage, visitOf } from './stage.ts';
import { becomeVisitor, provePhone } from './walk.ts';

/** What a visitor does with the account itself, on a phone. */

const stage = openStage();

const masked = (phone: string) => `${phone.slice(0, 3)}****${phone.slice(-4)}`;

/** Asks for a code by `act`. @returns the code in the text that then arrived */
async function codeTo(phone: string, ask: () => Promise<void>): Promise<string> {
  const phones = new SandboxPhones(stage.system.sandbox);
  await forgetTries(stage.system);
  const before = (await phones.texts(phone)).length;
  await ask();
  return phones.loginCode(phone, before);
}

it('the phone is changed with a code to each of the two numbers', async () => {
  const { visitor, page } = await stage.settled();
  const { phone: next } = stage.newVisitor();
  await new AccountPage(page).open(stage.system.web);
  await examine('account', page);
  const change = new PhoneChange(page);
  await change.open();
  await change.number().fill(next);
  await change.code('原手机号').fill(await codeTo(visitor.phone, () => change.askForCode('原手机号')));
  const wrong = await codeTo(next, () => change.askForCode('新手机号'));
  await change.code('新手机号').fill(wrong === '000000' ? '000001' : '000000');
  await change.confirm();
  await page.locator('#field-new_code-error').waitFor();
  expect(await change.number().inputValue()).toBe(next);
  await examine('account-phone-wrong', page);
  await change.code('新手机号').fill(wrong);
  await change.confirm();
  await page.getByText(masked(next)).first().waitFor();
  // The new number opens the account.
  const other = await stage.phone();
  await forgetTries(stage.system);
  await provePhone({ system: stage.system, page: other, visitor: { ...visitor, phone: next }, look: pass });
  await new HomePage(other).heading().waitFor();
});

it('WeChat is unbound with a fresh code', async () => {
  const visitor = stage.newVisitor();
  const phones = new SandboxPhones(stage.system.sandbox);
  const person = await phones.newWechatPerson(visitor.name);
  const page = await stage.phone({ wechat: true });
  await page.goto(`${stage.system.sandbox}/wechat/${encodeURIComponent(person.openid)}/menu`);
  await page.waitForURL(/\/register/);
  await provePhone({ system: stage.system, page, visitor, look: pass });
  await page.waitForURL(/\/wechat\/binding/);
  await page.getByRole('button', { name: '绑定' }).first().click();
  await page.waitForURL(/\/consent/);
  const account = new AccountPage(page);
  await account.open(stage.system.web);
  await page.getByText('解除微信绑定').click();
  const code = await codeTo(visitor.phone, () => account.askForCode());
  await examine('account-unbinding', page);
  await account.code().fill(code);
  await page.getByRole('button', { name: '确认解除' }).click();
  await page.getByText('未绑定微信').waitFor();
});

it('a visitor who lost the old number gets the account back once an office has looked at the document', async () => {
  const { visitor: old, plain } = await stage.settled();
  const reservation = await reserve(plain, visitOf(long));
  const { phone } = stage.newVisitor();
  const page = await stage.phone();
  await provePhone({ system: stage.system, page, visitor: { ...old, phone }, look: pass });
  await page.getByRole('dialog').waitFor();
  await new AccountPage(page).open(stage.system.web);
  await page.getByRole('link', { name: '原手机号已停用' }).click();
  await examine('recovery', page);
  await new Recovery(page).claim(old);
  await page.getByText(/请携带证件到接待部门/).waitFor();

  const desk = await stage.desk();
  await new StaffLogin(desk).signIn(stage.system.web, staffLogins.admin);
  await desk.goto(`${stage.system.web}/admin/recoveries`);
  await desk.getByText('证件号一致').waitFor();
  await examine('admin-recoveries', desk);
  await new Recovery(desk).approve(old.name, '已核对身份证原件');
  await desk.getByText('没有待处理的申请').waitFor();

  // The account, with its visit, under the new number.
  const again = await stage.phone();
  await forgetTries(stage.system);
  const returning: Visitor = { ...old, phone };
  await provePhone({ system: stage.system, page: again, visitor: returning, look: pass });
  await new HomePage(again).heading().waitFor();
  await again.goto(`${stage.system.web}/reservations/${reservation}`);
  await again.getByText(old.name).first().waitFor();
});

it('one’s own data is read, exported and deleted, each with a fresh code, and a proof is left', async () => {
  const visitor = stage.newVisitor();
  const page = await stage.phone();
  await becomeVisitor({ system: stage.system, page, visitor, look: pass });
  const account = new AccountPage(page);
  await account.open(stage.system.web);
  await page.getByRole('link', { name: '查看我的数据' }).click();
  await page.getByRole('heading', { name: '我的数据', level: 1 }).waitFor();
  await examine('my-data', page);

  await page.getByRole('link', { name: '导出我的数据' }).click();
  await account.code().fill(await codeTo(visitor.phone, () => account.askForCode()));
  await examine('my-data-export', page);
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: '下载文件' }).click(),
  ]);
  const whole = await readFile(await file.path(), 'utf8');
  for (const own of [visitor.name, visitor.document, visitor.phone]) expect(whole).toContain(own);

  await page.goto(`${stage.system.web}/my-data/erasure`);
  await account.code().fill(await codeTo(visitor.phone, () => account.askForCode()));
  await page.getByRole('button', { name: '注销账号' }).click();
  await page.getByText('请先勾选').first().waitFor();
  await examine('my-data-erasure', page);
  await page.getByRole('checkbox', { name: '我已了解' }).check();
  await account.code().fill(await codeTo(visitor.phone, () => account.askForCode()));
  await page.getByRole('checkbox', { name: '我已了解' }).check();
  await page.getByRole('button', { name: '注销账号' }).click();
  await page.getByRole('heading', { name: '账号删除证明' }).waitFor();
  await page.getByText('本证明的签名有效').waitFor();
  await examine('my-data-erased', page);
  await page.goto(`${stage.system.web}/my-data`);
  expect(new URL(page.url()).pathname).toBe('/register');
});
