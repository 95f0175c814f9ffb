import type { Page } from 'playwright-core';
import type { Visitor } from '../people.ts';

/** A person's fields, on the profile's page and in the form of a visit alike; what is not given stays. */
export async function fillPerson(page: Page, visitor: Partial<Visitor>): Promise<void> {
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
