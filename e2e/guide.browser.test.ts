import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { hour } from '../domain/time.ts';
import { staffLogins } from '../testing/system.ts';
import { CompanionBook } from './pages/companions.ts';
import { PassPage } from './pages/pass.ts';
import { ReservationForm, type VisitForm } from './pages/reservation.ts';
import { SandboxPhone } from './pages/sandbox.ts';
import { Inbox, StaffLogin } from './pages/staff.ts';
import { ConsentDialog, HomePage, ProfilePage, RegisterPage } from './pages/visitor.ts';
import { windowOf } from './people.ts';
import { SandboxPhones } from './sandbox-phone.ts';
import { long, openStage } from './stage.ts';
import { department } from './walk.ts';
import { expectWords } from './words.ts';

/** 访客操作流程, sections 三 to 九, in its order and by the words that it shows. */

const stage = openStage();

const aboutVisitor = ['访客信息', '姓名', '手机号', '证件类型', '证件号', '性别', '车牌号', '单位'];
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

it('walks the visitor guide by its words, inside WeChat', async () => {
  const { system } = stage;
  const visitor = stage.newVisitor();
  const companion = { ...stage.newVisitor(), phone: '17300003227' };
  const phones = new SandboxPhones(system.sandbox);
  const { openid } = await phones.newWechatPerson(visitor.name);
  const page = await stage.phone({ wechat: true });
  const chat = new SandboxPhone(page);

  // 三、点击访客预约功能
  await chat.openWechat(system.sandbox, openid);
  await chat.menu().click();
  await page.waitForURL(/\/register/);

  // 四、注册账号
  await expectWords(page, ['手机号', '验证码', '获取验证码', '我已认真阅读并同意', '注册']);
  const register = new RegisterPage(page);
  await register.askForCode(visitor.phone);
  await register.register(await phones.loginCode(visitor.phone));
  await page.waitForURL(/\/wechat\/binding/);
  await page.getByLabel('同意通过微信接收通知').check();
  await page.getByRole('button', { name: '绑定' }).first().click();

  // 五、完善个人信息
  const notice = new ConsentDialog(page);
  await notice.dialog().waitFor();
  await expectWords(page, ['隐私信息填写须知', '不同意', '同意']);
  await notice.disagree();
  await page.waitForURL(/\/consent\/refused/);
  await page.goto(`${system.web}/profile`);
  await notice.agree();
  const profile = new ProfilePage(page);
  await profile.heading().waitFor();
  await expectWords(page, ['完善个人信息', ...aboutVisitor.slice(1, 4), '身份证', '护照', '证件号', '性别']);
  await expectWords(page, ['证件照片', '人脸', '车牌号', '单位', '隐私政策', '确认']);
  await profile.fill(visitor);
  await profile.confirm();
  const home = new HomePage(page);
  await home.heading().waitFor();
  const channels = ['个人访客通道', '因公访客通道', '我的预约', '访客须知'];
  await expectWords(page, ['欢迎来到河北科技大学', '我的凭证', '园区通行证', '当前暂无行程', ...channels]);

  // 六、个人访客
  await home.entry('个人访客通道').click();
  const where = ['访问信息', '访问园区', '访问部门'];
  const when = ['访问事由', '访问时间', '同行访客', '添加', '提交预约'];
  await expectWords(page, ['访客预约', ...aboutVisitor, ...where, '被访人', ...when]);
  const form = new ReservationForm(page);
  await form.fill(aVisit(72, { host: '王建国' }));
  await submit(page, form);

  // 七、因公访客
  await home.open(system.web);
  await home.entry('因公访客通道').click();
  await expectWords(page, ['访客预约', ...aboutVisitor, ...where, ...when]);
  expect(await form.host().count()).toBe(0);
  await form.fill(aVisit(96));
  await submit(page, form);

  // 八、同行人员访客
  await home.open(system.web);
  await home.entry('个人访客通道').click();
  await form.fill({ ...aVisit(0, { host: '赵敏' }), note: '送样品' });
  const party = page.getByRole('region', { name: '同行访客' });
  await party.getByRole('button', { name: '添加' }).click();
  const book = new CompanionBook(page);
  await book.heading().waitFor();
  await expectWords(page, ['选择同行访客', '搜索', '添加', '暂无数据', '取消', '确定']);
  await book.searchFor(companion.phone);
  await book.nothing().waitFor();
  await book.add(companion);
  expect(await book.tick(companion.name).isChecked()).toBe(true);
  await book.confirm();
  await party.getByText('手机号 173****3227').waitFor();
  expect(await page.locator('[name=note]').inputValue()).toBe('送样品');
  await submit(page, form);

  // 九、访客凭证
  const desk = await stage.desk();
  await new StaffLogin(desk).signIn(system.web, staffLogins.approver);
  const inbox = new Inbox(desk);
  // The most urgent first: that is the visit of today.
  await inbox.task(visitor.name).first().click();
  await button(desk, '同意').click();
  await inbox.verdict().waitFor();
  await chat.openWechat(system.sandbox, openid);
  const message = chat.message('来访预约操作成功通知');
  await message.first().waitFor();
  const [sent] = await phones.wechatMessages(openid);
  const code = sent?.fields.find(({ label }) => label.includes('验证码'))?.value ?? '';
  expect(code).toMatch(/^\d{6}$/);

  // 点击查看详情输入验证码: on a phone that nobody is signed in on.
  const address = await page.getByRole('link', { name: '查看详情' }).first().getAttribute('href');
  const other = await stage.phone({ wechat: true });
  await other.goto(address ?? '');
  const opened = new PassPage(other);
  await opened.openWithCode(code);
  await readPass(opened);

  // 进入访客首页页面，点击“我的凭证”
  await home.open(system.web);
  await expectWords(page, [
    '欢迎来到河北科技大学',
    '我的凭证',
    '园区通行证',
    '最近行程',
    '校本部',
    '访问时间：',
    ...channels,
  ]);
  await home.entry('我的凭证').click();
  // The owner's own phone takes the pass over: what the other one shows is worthless from now on.
  await readPass(new PassPage(page));

  // 我的预约, 访客须知, 隐私政策: the rest of the home page.
  await home.open(system.web);
  await home.entry('我的预约').click();
  await page.getByRole('heading', { name: '我的预约' }).waitFor();
  await expectWords(page, ['我的预约', department, '校本部', '可以来访', '等待审批']);
  await page.getByRole('link', { name: department }).first().click();
  await page.getByRole('heading', { name: '办理进度' }).waitFor();
  await home.open(system.web);
  await home.entry('访客须知').click();
  await page.getByRole('heading', { name: '访客须知', level: 1 }).waitFor();
  await page.getByRole('link', { name: '隐私政策' }).first().click();
  await page.getByRole('heading', { name: '隐私政策', level: 1 }).waitFor();
});

/** 通行凭证 with its four tabs. */
async function readPass(shown: PassPage): Promise<void> {
  const tabs = ['来访必读', '如何到达', '会议投屏', '食堂餐饮'] as const;
  await shown.qr().waitFor();
  await expectWords(shown.page, ['通行凭证', '校本部', '通行时，请出示二维码核验', ...tabs]);
  for (const tab of tabs) {
    await shown.tab(tab).click();
    await shown.page.locator('#guide a[aria-current]', { hasText: tab }).waitFor();
  }
}

/** Beginning in so many hours. */
const aVisit = (hours: number, more: { host?: string } = {}): VisitForm => ({
  department,
  reason: '业务往来',
  ...more,
  ...windowOf(long, Date.now() + hours * hour),
});

async function submit(page: Page, form: ReservationForm): Promise<void> {
  await form.submit();
  await page.waitForURL(/\/reservations\/[0-9a-f-]{36}$/);
}
