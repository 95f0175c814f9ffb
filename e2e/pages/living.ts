import type { Locator } from 'playwright-core';
import { OnPage } from './on-page.ts';

/** What a visitor does with a reservation that exists, on its page. */
export class LivingPage extends OnPage {
  /** The sentence at the top, once it says this; the page gets there by itself. */
  async says(words: RegExp): Promise<void> {
    await this.next().filter({ hasText: words }).waitFor();
  }

  next(): Locator {
    return this.page.locator('.next');
  }

  async correct(): Promise<void> {
    await this.page.getByRole('link', { name: '修改并重新提交' }).click();
    await this.page.getByRole('button', { name: '提交预约' }).waitFor();
  }

  async acceptProposal(): Promise<void> {
    await this.page.getByRole('button', { name: '接受', exact: true }).click();
  }

  async refuseProposal(): Promise<void> {
    await this.page.getByRole('button', { name: '不接受', exact: true }).click();
  }

  async withdrawChange(): Promise<void> {
    await this.page.getByText('撤回变更', { exact: true }).click();
    await this.page.getByRole('button', { name: '确认撤回' }).click();
  }

  async copy(): Promise<void> {
    await this.page.getByRole('link', { name: '再次预约' }).click();
    await this.page.getByRole('button', { name: '提交预约' }).waitFor();
  }

  async remind(): Promise<void> {
    await this.page.getByText('催办', { exact: true }).click();
    await this.page.getByRole('button', { name: '确认催办' }).click();
  }

  async openChange(): Promise<void> {
    await this.page.getByRole('link', { name: '变更预约' }).click();
    await this.page.getByRole('button', { name: '提交变更' }).waitFor();
  }

  async openExtension(): Promise<void> {
    await this.page.getByRole('link', { name: '延长访问时间' }).click();
    await this.page.getByRole('button', { name: '申请延长' }).waitFor();
  }
}

/** The approver's other answers, on the page of a task. */
export class TaskPage extends OnPage {
  async sendBack(reason: string): Promise<void> {
    await this.page.getByText('退回修改', { exact: true }).click();
    await this.page.getByRole('textbox', { name: '退回原因' }).fill(reason);
    await this.page.getByRole('button', { name: '确认退回' }).click();
  }

  async propose(from: string, until: string, note: string): Promise<void> {
    await this.page.getByText('建议其他时间', { exact: true }).click();
    await this.page.locator('[name=propose_from]').fill(from);
    await this.page.locator('[name=propose_until]').fill(until);
    await this.page.locator('[name=propose_note]').fill(note);
    await this.page.getByRole('button', { name: '发送建议' }).click();
  }
}
