import { expect, it } from 'vitest';
import { checkDigit } from '../domain/identity-number.ts';
import { until } from '../testing/until.ts';
import { examine, pass } from './examine.ts';
import { CompanionBook } from './pages/companions.ts';
import { PassPage } from './pages/pass.ts';
import { ReservationForm, ReservationPage } from './pages/reservation.ts';
import { HomePage } from './pages/visitor.ts';
import { readQrFrom } from './qr.ts';
import { SandboxPhones } from './sandbox-phone.ts';
import { scan } from './scanner.ts';
import { long, openStage, visitOf } from './stage.ts';
import { decide } from './walk.ts';
import { expectWords } from './words.ts';

/** People whom a visitor brings or books for: a child, a group, a grandmother at home. */

const stage = openStage();
const { host: _, ...official } = visitOf(long);

/** Of nobody: region 110199 is given to none. */
function documentOf(born: string, nth: number): string {
  const number = `110199${born}${String(nth).padStart(3, '0')}`;
  return number + checkDigit(number);
}

async function atOfficialForm() {
  const { visitor, page } = await stage.settled();
  await new HomePage(page).entry('因公访客通道').click();
  const form = new ReservationForm(page);
  await form.fill(official);
  return { visitor, page, form, book: new CompanionBook(page) };
}

it('a child comes along once a guardian has agreed with a code to their own phone', async () => {
  const { visitor, page, form, book } = await atOfficialForm();
  await page.getByRole('region', { name: '同行访客' }).getByRole('button', { name: '添加' }).click();
  await book.type({ name: '小明', document: documentOf('20200101', 11) });
  // Who the guardian is, is asked next.
  await page.getByRole('heading', { name: '监护人同意', level: 1 }).waitFor();
  const guardian = stage.newVisitor();
  const phones = new SandboxPhones(stage.system.sandbox);
  await page.getByRole('textbox', { name: '监护人姓名' }).fill(guardian.name);
  await page.getByRole('textbox', { name: '监护人手机号' }).fill(guardian.phone);
  await page.getByRole('button', { name: '获取验证码' }).click();
  await page.getByText('验证码已发送').waitFor();
  await examine('guardian', page);
  await page.getByRole('textbox', { name: '验证码', exact: true }).fill(await phones.loginCode(guardian.phone));
  await page.getByRole('button', { name: '确认同意' }).click();
  await page.getByText('请监护人阅读并勾选同意').first().waitFor();
  await page.getByRole('checkbox', { name: /本人是小明的监护人/ }).check();
  await page.getByRole('textbox', { name: '验证码', exact: true }).fill(await phones.loginCode(guardian.phone));
  await page.getByRole('button', { name: '确认同意' }).click();
  await book.heading().waitFor();
  expect(await page.getByText('待监护人同意').count()).toBe(0);
  await book.confirm();
  await form.submit();
  await page.waitForURL(/\/reservations\/[0-9a-f-]{36}$/);
  const reservation = new ReservationPage(page).id;
  await decide({ system: stage.system, page: await stage.desk(), look: pass }, visitor);
  const passes = () => stage.system.db('pass').where({ reservation_id: reservation });
  await until(async () => (await passes()).length === 2, 'the child has a pass too');
});

it('a group comes by its sheet: wrong rows are named, nothing is half imported, and the right one is taken whole', async () => {
  const { page, form } = await atOfficialForm();
  await page.getByRole('region', { name: '同行访客' }).getByRole('button', { name: '添加' }).click();
  await page.getByRole('button', { name: '表格导入团队' }).click();
  await page.getByRole('heading', { name: '表格导入团队' }).waitFor();
  await examine('group', page);
  const people = Array.from({ length: 25 }, (_, n) => ['团员', documentOf('19800101', 100 + n)] as const);
  const names = people.map(
    ([name, document], n) => `${name}${'甲乙丙丁戊'[n % 5]}${'天地人和春'[Math.floor(n / 5)]},,身份证,${document}`,
  );
  const upload = async (lines: string[]) => {
    const buffer = Buffer.from(['姓名,手机号,证件类型,证件号', ...lines].join('\n'));
    await page.locator('[name=sheet]').setInputFiles({ name: '团队.csv', mimeType: 'text/csv', buffer });
    await page.getByRole('checkbox', { name: /都已同意/ }).check();
    await page.getByRole('button', { name: '导入' }).click();
  };
  await upload([...names.slice(0, 24), '团员未,,身份证,110199198001011234']);
  await page.getByRole('alert').first().waitFor();
  await page.getByRole('cell', { name: '证件号' }).waitFor();
  await examine('group-wrong', page);
  await upload(names);
  const party = page.getByRole('region', { name: '同行访客' });
  await party.getByRole('button', { name: '移除 团员甲天' }).waitFor();
  expect(await party.getByRole('button', { name: /^移除 团员/ }).count()).toBe(25);
  await examine('form-group', page);
  await form.submit();
  await page.waitForURL(/\/reservations\/[0-9a-f-]{36}$/);
  await page.getByText('团员甲天').first().waitFor();
});

it('a grandmother without a phone is booked for, and her paper opens the gate with her document', async () => {
  const { visitor, page } = await stage.settled();
  const { system } = stage;
  await new HomePage(page).entry('个人访客通道').click();
  await page.getByRole('button', { name: '为没有手机的家人预约' }).click();
  const book = new CompanionBook(page);
  const grandmother = { name: '周奶奶', document: documentOf('19500101', 12) };
  await book.add(grandmother);
  await page.getByRole('link', { name: '取消' }).click();
  const form = new ReservationForm(page);
  await page
    .getByRole('combobox', { name: '来访人' })
    .selectOption({ label: `${grandmother.name} · ${mask(grandmother.document)}` });
  await page.getByText('您为周奶奶代为预约').waitFor();
  await examine('form-for-other', page);
  await form.fill(visitOf(long));
  await form.submit();
  await page.waitForURL(/\/reservations\/[0-9a-f-]{36}$/);
  await expectWords(page, ['由您代为预约，您本人不来访', '周奶奶']);
  await decide({ system, page: await stage.desk(), look: pass }, { ...visitor, name: grandmother.name });
  await new ReservationPage(page).passLink().click();
  await new PassPage(page).qr().waitFor();
  await page.getByRole('link', { name: '打印凭证' }).click();
  const paper = await readQrFrom(page.locator('.paper__qr'));
  expect(await scan(system.gates.south, { kind: 'qr', value: paper })).toMatchObject({ reason: 'id_required' });
  const shown = { kind: 'qr', value: paper, document: grandmother.document } as const;
  await until(async () => (await scan(system.gates.south, shown)).open, 'the gate opens');
});

/** As lists show a document. */
const mask = (document: string) => document.slice(0, 4) + '*'.repeat(document.length - 8) + document.slice(-4);
