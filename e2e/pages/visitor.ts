import type { Locator } from 'playwright-core';
import type { Visitor } from '../people.ts';
import { OnPage } from './on-page.ts';
import { fillPerson } from './person-fields.ts';

/** `/register`, which is also the login. */
export class RegisterPage extends OnPage {
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
export class ConsentDialog extends OnPage {
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
export class ProfilePage extends OnPage {
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
export class HomePage extends OnPage {
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
