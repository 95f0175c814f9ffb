import type { Locator } from 'playwright-core';
import type { Visitor } from '../people.ts';
import { OnPage } from './on-page.ts';
import { fillPerson } from './person-fields.ts';

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
export class ReservationForm extends OnPage {
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
export class ReservationPage extends OnPage {
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
