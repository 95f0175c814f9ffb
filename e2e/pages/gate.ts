import type { Locator } from 'playwright-core';
import { OnPage } from './on-page.ts';

/** The device page of a gate, as the guard has it open. */
export class GatePage extends OnPage {
  async signIn(gate: { url: string; pin: string }): Promise<void> {
    await this.page.goto(gate.url);
    await this.page.getByLabel('PIN 码').fill(gate.pin);
    await this.page.getByRole('button', { name: '登录闸机' }).click();
    await this.credential().waitFor();
  }

  credential(): Locator {
    return this.page.getByRole('textbox', { name: '二维码、车牌号或入校码' });
  }

  async check(credential: string, documentTail?: string): Promise<void> {
    await this.credential().fill(credential);
    if (documentTail) await this.page.getByRole('textbox', { name: '证件号后六位' }).fill(documentTail);
    await this.page.getByRole('button', { name: '核验' }).click();
  }

  answer(): Locator {
    return this.page.locator('#answer .verdict');
  }
}
