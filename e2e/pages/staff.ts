import type { Locator } from 'playwright-core';
import { maskName } from '../../domain/masking.ts';
import { OnPage } from './on-page.ts';

/** `/staff/login` */
export class StaffLogin extends OnPage {
  async signIn(web: string, { username, password }: { username: string; password: string }): Promise<void> {
    await this.page.goto(`${web}/staff/login`);
    await this.page.getByRole('textbox', { name: '用户名' }).fill(username);
    await this.page.getByLabel('密码').fill(password);
    await this.page.getByRole('button', { name: '登录' }).click();
    await this.page.waitForURL((url) => url.pathname !== '/staff/login');
  }
}

/** `/inbox` and a task in it. */
export class Inbox extends OnPage {
  async open(web: string): Promise<void> {
    await this.page.goto(`${web}/inbox`);
  }

  tasks(): Locator {
    return this.page.locator('#tasks section').first().getByRole('listitem');
  }

  /** Lists show names masked. */
  task(visitor: string): Locator {
    return this.tasks()
      .filter({ hasText: maskName(visitor) })
      .getByRole('link');
  }

  async approve(): Promise<void> {
    await this.page.getByRole('button', { name: '同意', exact: true }).click();
  }

  async reject(reason: string): Promise<void> {
    await this.page.getByLabel('不同意的原因').selectOption({ label: '时间不合适' });
    await this.page.getByRole('textbox', { name: '理由' }).fill(reason);
    await this.page.getByRole('button', { name: '不同意' }).click();
  }

  /** What became of the task. */
  verdict(): Locator {
    return this.page.locator('.verdict');
  }
}

/** `/admin/reservations` and one of them. */
export class AdminReservations extends OnPage {
  async open(web: string): Promise<void> {
    await this.page.goto(`${web}/admin/reservations`);
  }

  async search(term: string): Promise<void> {
    await this.page.getByRole('textbox', { name: /预约编号、手机号或证件号/ }).fill(term);
    await this.page.getByRole('button', { name: '查找' }).click();
  }

  found(): Locator {
    return this.page.locator('tbody').getByRole('row');
  }

  async openFound(visitor: string): Promise<void> {
    await this.found()
      .filter({ hasText: maskName(visitor) })
      .getByRole('link')
      .click();
  }

  /** A part of the page by its heading. */
  part(heading: string): Locator {
    return this.page.getByRole('region', { name: heading });
  }
}
