import type { Locator } from 'playwright-core';
import { OnPage } from './on-page.ts';

/** 选择同行访客, and 完善同行人员信息 behind its 添加. */
export class CompanionBook extends OnPage {
  heading(): Locator {
    return this.page.getByRole('heading', { name: '选择同行访客' });
  }

  search(): Locator {
    return this.page.getByPlaceholder('输入手机号搜索');
  }

  async searchFor(phone: string): Promise<void> {
    await this.search().fill(phone);
    await this.page.getByRole('button', { name: '搜索' }).click();
  }

  nothing(): Locator {
    return this.page.getByText('暂无数据');
  }

  /** Somebody whose details the lead types, with their agreement. */
  async add(who: { name: string; phone?: string; document: string }): Promise<void> {
    await this.type(who);
    await this.heading().waitFor();
  }

  /** The same; of a child its guardian is asked for next. */
  async type({ name, phone, document }: { name: string; phone?: string; document: string }): Promise<void> {
    await this.page.getByRole('button', { name: '添加' }).click();
    await this.page.getByRole('heading', { name: '完善同行人员信息' }).waitFor();
    await this.page.getByRole('textbox', { name: '姓名' }).fill(name);
    if (phone !== undefined) await this.page.getByRole('textbox', { name: '手机号' }).fill(phone);
    await this.page.getByRole('textbox', { name: '证件号' }).fill(document);
    await this.page.getByRole('checkbox', { name: '本人已征得其同意' }).check();
    await this.page.getByRole('button', { name: '确认', exact: true }).click();
  }

  tick(name: string): Locator {
    return this.page.getByRole('checkbox', { name });
  }

  async confirm(): Promise<void> {
    await this.page.getByRole('button', { name: '确定' }).click();
  }
}
