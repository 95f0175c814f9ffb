import type { Locator } from 'playwright-core';
import { OnPage } from './on-page.ts';

/** The phones of the sandbox: one person's WeChat, one number's messages. */
export class SandboxPhone extends OnPage {
  async openWechat(sandbox: string, openid: string): Promise<void> {
    await this.page.goto(`${sandbox}/wechat/${encodeURIComponent(openid)}`);
  }

  async openTexts(sandbox: string, phone: string): Promise<void> {
    await this.page.goto(`${sandbox}/phone/${phone}`);
  }

  menu(): Locator {
    return this.page.getByRole('link', { name: '访客预约' });
  }

  message(title: string): Locator {
    return this.page.getByRole('listitem').filter({ hasText: title });
  }

  text(words: string | RegExp): Locator {
    return this.page.getByRole('listitem').filter({ hasText: words });
  }
}
