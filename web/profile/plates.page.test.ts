import { load } from 'cheerio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type System, startSystem } from '../../testing/system.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
});
afterAll(() => system?.stop());

test('several plates are kept; a visit is made by one of them, a new one or on foot', async () => {
  const visitor = await new VisitorBrowser(system).settle();
  const plates = async () =>
    (await visitor.page('/profile/plates'))('.plate-row strong')
      .map((_, one) => one.children.map((child) => ('data' in child ? child.data : '')).join(''))
      .get();
  await visitor.post('/profile/plates', { plate: '沪b8k9x2' }).expect(303);
  await visitor.post('/profile/plates', { plate: '使224578', plate_special: 'yes' }).expect(303);
  expect(await plates()).toEqual(['京A12345', '沪B8K9X2', '使224578']);

  const said = async (form: Record<string, string>) =>
    load((await visitor.post('/profile/plates', form).expect(422)).text)('.field__error').text();
  expect(await said({ plate: '' })).toBe('请填写车牌号');
  expect(await said({ plate: '京A12345' })).toBe('这个车牌已经保存过');
  expect(await said({ plate: '使22' })).toMatch(/^车牌号格式不正确/);
  await visitor.post('/profile/plates/usual', { plate: '沪B8K9X2' }).expect(303);
  await visitor.post('/profile/plates/removal', { plate: '使224578' }).expect(303);
  expect(await plates()).toEqual(['沪B8K9X2', '京A12345']);

  const $ = await visitor.page('/reservations/new?channel=personal');
  const options = $('select[name=plate] option');
  expect(options.map((_, one) => $(one).text()).get()).toEqual(['不开车', '沪B8K9X2', '京A12345']);
  expect(options.filter('[selected]').attr('value')).toBe('沪B8K9X2');
  const submitted = async (plate: Record<string, string>, hour: string) => {
    const form = await visitor.visitForm();
    const day = form.from_day;
    const times = { from: `${nextDay(day)}T${hour}:00`, until: `${nextDay(day)}T${hour}:30` };
    const sent = await visitor.post('/reservations', { ...form, ...times, ...plate }).expect(303);
    const row = await system
      .db('reservation_person')
      .where({ reservation_id: String(sent.headers.location).split('/').at(-1) })
      .first();
    const address = { table: 'reservation_person', column: 'plate_enc', row: row.id };
    return row.plate_enc && system.cipher.open(address, row.plate_enc);
  };
  expect(await submitted({ plate: '' }, '09')).toBe(null);
  expect(await submitted({ plate: '京A12345' }, '11')).toBe('京A12345');
  expect(await submitted({ plate_new: '粤Z1234港' }, '13')).toBe('粤Z1234港');
  expect(await plates()).toEqual(['沪B8K9X2', '京A12345', '粤Z1234港']);
});

const nextDay = (day = ''): string => new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
