import type { Locator } from 'playwright-core';
import { OnPage } from './on-page.ts';

/** 通行凭证, and the page before it that asks for the code. */
export class PassPage extends OnPage {
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
