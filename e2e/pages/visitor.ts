import type { Locator, Page } from 'playwright-core';
import type { Visitor } from '../people.ts';

/** `/register`, which is also the login. */
export class RegisterPage {
  readonly page: Page;
  constructor(page: Page) {
    this.page = page;
  }

  async open(web: string): Promise<void> {
    await this.page.goto(`${web}/register`);
  }

  async askForCode(phone: string): Promise<void> {
    await this.page.getByRole('textbox', { name: '手机号' }).fill(phone);
    await this.page.getByRole('button', { name: '获取验证码' }).click();
    await this.page.getByRole('status').waitFor();
  }

  agreement(): Locator {
    return this.page.getByRole('checkbox', { name: '我已认真阅读并同意' });
  }

  async register(code: string): Promise<void> {
    await this.page.getByRole('textbox', { name: '验证码', exact: true }).fill(code);
    await this.agreement().check();
    await this.page.getByRole('button', { name: '注册', exact: true }).click();
  }
}

/** The modal 隐私信息填写须知. */
export class ConsentDialog {
  readonly page: Page;
  constructor(page: Page) {
    this.page = page;
  }

  dialog(): Locator {
    return this.page.getByRole('dialog', { name: '隐私信息填写须知' });
  }

  async agree(): Promise<void> {
    await this.dialog().getByRole('button', { name: '同意', exact: true }).click();
  }

  async disagree(): Promise<void> {
    await this.dialog().getByRole('button', { name: '不同意' }).click();
  }
}

/** 完善个人信息 */
export class ProfilePage {
  readonly page: Page;
  constructor(page: Page) {
    this.page = page;
  }

  heading(): Locator {
    return this.page.getByRole('heading', { name: '完善个人信息' });
  }

  async fill(visitor: Partial<Visitor>): Promise<void> {
    await fillPerson(this.page, visitor);
  }

  async confirm(): Promise<void> {
    await this.page.getByRole('button', { name: '确认', exact: true }).click();
  }

  errors(): Locator {
    return this.page.locator('.field__error');
  }
}

export type HomeEntry = '个人访客通道' | '因公访客通道' | '我的预约' | '我的凭证' | '访客须知';

/** 访客首页 */
export class HomePage {
  readonly page: Page;
  constructor(page: Page) {
    this.page = page;
  }

  async open(web: string): Promise<void> {
    await this.page.goto(`${web}/`);
  }

  heading(): Locator {
    return this.page.getByRole('heading', { name: '欢迎来到河北科技大学' });
  }

  entry(words: HomeEntry): Locator {
    return this.page.getByRole('main').getByRole('link', { name: words });
  }
}

export interface VisitForm {
  campus?: string;
  department: string;
  /** The personal channel only. */
  host?: string;
  reason: string;
  note?: string;
  /** 'YYYY-MM-DDTHH:MM[:SS]', Asia/Shanghai; also a time that the list does not offer. */
  from: string;
  until: string;
}

/** The form of either channel. */
export class ReservationForm {
  readonly page: Page;
  constructor(page: Page) {
    this.page = page;
  }

  async fillPerson(visitor: Partial<Visitor>): Promise<void> {
    await fillPerson(this.page, visitor);
  }

  async fill(visit: VisitForm): Promise<void> {
    const select = (name: string, label: string) =>
      this.page.getByRole('combobox', { name, exact: true }).selectOption({ label });
    if (visit.campus !== undefined) await select('访问园区', visit.campus);
    await select('访问部门', visit.department);
    if (visit.host !== undefined) await this.host().fill(visit.host);
    await select('访问事由', visit.reason);
    if (visit.note !== undefined) await this.page.locator('[name=note]').fill(visit.note);
    for (const end of ['from', 'until'] as const) {
      const [day = '', time = ''] = visit[end].split('T');
      await this.choose(`${end}_day`, day);
      await this.choose(`${end}_time`, time);
    }
  }

  /** A day or a time; one that is not offered is put into the list by script, as a machine would send it. */
  private async choose(name: string, value: string): Promise<void> {
    const select = this.page.locator(`[name=${name}]`);
    await select.evaluate((control, wanted) => {
      const { options, ownerDocument } = control as unknown as Control;
      if ([...options].some((option) => option.value === wanted)) return;
      const option = ownerDocument.createElement('option');
      option.value = wanted;
      option.textContent = wanted;
      (control as unknown as Control).append(option);
    }, value);
    await select.selectOption(value);
  }

  search(): Locator {
    return this.page.getByRole('searchbox', { name: '查找部门' });
  }

  department(): Locator {
    return this.page.getByRole('combobox', { name: '访问部门', exact: true });
  }

  /** What may be chosen as it stands, without indents. */
  async departments(): Promise<string[]> {
    const words = await this.page.locator('[name=department] option').allInnerTexts();
    return words.map((text) => text.trim());
  }

  host(): Locator {
    return this.page.getByRole('textbox', { name: '被访人', exact: true });
  }

  async submit(): Promise<void> {
    await this.page.getByRole('button', { name: '提交预约' }).click();
  }

  errors(): Locator {
    return this.page.locator('.field__error');
  }
}

/** As much of a select as is touched; tests know no DOM. */
interface Control {
  options: Iterable<{ value: string }>;
  ownerDocument: { createElement(name: string): { value: string; textContent: string } };
  append(option: object): void;
}

/** One reservation with its dated timeline. */
export class ReservationPage {
  readonly page: Page;
  constructor(page: Page) {
    this.page = page;
  }

  /** Its id, from its address. */
  get id(): string {
    const [, id] = /\/reservations\/([0-9a-f-]{36})/.exec(this.page.url()) ?? [];
    if (!id) throw new Error('This is no reservation page');
    return id;
  }

  timeline(): Locator {
    return this.page.getByRole('region', { name: '办理进度' }).getByRole('listitem');
  }

  passLink(): Locator {
    return this.page.locator('#progress a[href^="/passes/"]');
  }

  async cancel(): Promise<void> {
    await this.page.getByText('取消预约').click();
    await this.page.getByRole('button', { name: '确认取消' }).click();
  }
}

/** 通行凭证, and the door before it. */
export class PassPage {
  readonly page: Page;
  constructor(page: Page) {
    this.page = page;
  }

  heading(): Locator {
    return this.page.getByRole('heading', { name: '通行凭证' });
  }

  qr(): Locator {
    return this.page.locator('.qr');
  }

  /** Drawn by the phone itself, with its own key. */
  boundQr(): Locator {
    return this.page.locator('.qr[data-bound]');
  }

  tab(words: '来访必读' | '如何到达' | '会议投屏' | '食堂餐饮'): Locator {
    return this.page.getByRole('region', { name: '来访指南' }).getByRole('link', { name: words, exact: true });
  }

  gateCode(): Locator {
    return this.page.locator('.pass__gatecode dd');
  }

  async openWithCode(code: string): Promise<void> {
    await this.page.getByRole('textbox', { name: '访客验证码' }).fill(code);
    await this.page.getByRole('button', { name: '查看凭证' }).click();
  }
}

async function fillPerson(page: Page, visitor: Partial<Visitor>): Promise<void> {
  const text = async (name: string, value: string | undefined) => {
    if (value !== undefined) await page.getByRole('textbox', { name, exact: true }).fill(value);
  };
  await text('姓名', visitor.name);
  await text('手机号', visitor.contact);
  if (visitor.documentType) {
    await page.getByRole('combobox', { name: '证件类型' }).selectOption({ label: visitor.documentType });
  }
  await text('证件号', visitor.document);
  // A resident ID says it, and the form does not ask.
  const sex = page.getByRole('radio', { name: visitor.sex ?? '' });
  if (visitor.sex && (await sex.count()) > 0) await sex.check();
  await text('车牌号', visitor.plate);
  await text('单位', visitor.unit);
}
