import type { Locator } from 'playwright-core';
import { OnPage } from './on-page.ts';

/** `/account`: the phone, WeChat, and the way to one's own data. */
export class AccountPage extends OnPage {
  async open(web: string): Promise<void> {
    await this.page.goto(`${web}/account`);
    await this.page.getByRole('heading', { name: '我的账号' }).waitFor();
  }

  /** Asks for the fresh code that the form at hand wants, and waits until it was sent. */
  async askForCode(): Promise<void> {
    await this.page.getByRole('button', { name: '获取验证码' }).click();
    await this.page.getByText(/验证码已发送到/).waitFor();
  }

  code(): Locator {
    return this.page.getByRole('textbox', { name: '验证码', exact: true });
  }
}

/** 修改手机号 */
export class PhoneChange extends OnPage {
  async open(): Promise<void> {
    await this.page.getByRole('link', { name: '修改手机号' }).click();
    await this.page.getByRole('heading', { name: '修改手机号' }).waitFor();
  }

  number(): Locator {
    return this.page.getByRole('textbox', { name: '新手机号', exact: true });
  }

  async askForCode(at: '原手机号' | '新手机号'): Promise<void> {
    await this.page.getByRole('region', { name: at }).getByRole('button', { name: '获取验证码' }).click();
    await this.page.getByText(`验证码已发送到${at}`).waitFor();
  }

  code(at: '原手机号' | '新手机号'): Locator {
    return this.page.getByRole('textbox', { name: `${at}收到的验证码` });
  }

  async confirm(): Promise<void> {
    await this.page.getByRole('button', { name: '确认修改' }).click();
  }
}

/** 原手机号已停用，找回原账号, and what an office makes of it. */
export class Recovery extends OnPage {
  async claim(of: { phone: string; name: string; document: string }): Promise<void> {
    await this.page.getByRole('textbox', { name: '原手机号' }).fill(of.phone);
    await this.page.getByRole('textbox', { name: '姓名' }).fill(of.name);
    await this.page.getByRole('textbox', { name: '证件号' }).fill(of.document);
    await this.page.getByRole('button', { name: '提交申请' }).click();
  }

  async approve(name: string, note: string): Promise<void> {
    const claim = this.page.getByRole('region', { name });
    await claim.getByRole('textbox', { name: '核对情况' }).fill(note);
    await claim.getByRole('button', { name: '转到新手机号' }).click();
  }
}
