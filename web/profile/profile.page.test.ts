import { load } from 'cheerio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type System, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
});
afterAll(() => system?.stop());

const personOf = (visitor: VisitorBrowser) =>
  system
    .db('person as p')
    .join('visitor as v', 'v.id', 'p.visitor_id')
    .where({ 'v.phone_hash': system.index('phone', visitor.phone) })
    .first('p.*');

test('shows the guide’s fields, the proved phone among them', async () => {
  const visitor = new VisitorBrowser(system);
  await visitor.register();
  await visitor.agree();
  const $ = await visitor.page('/profile');
  const labels = $('label.field__label, legend')
    .map((_, one) => $(one).text())
    .get();
  expect(labels).toEqual(['*姓名', '*性别', '*手机号', '*证件类型', '*证件号', '车牌号', '单位']);
  expect($('[name=phone]').attr('value')).toBe(visitor.phone);
  expect($('main button').text()).toBe('确认');
  expect($('main a[href="/privacy"]').text()).toBe('隐私政策');
});

describe('what is wrong is said at the field, and what was typed is kept', () => {
  test.each([
    [
      { name: '', document_number: '' },
      { name: '姓名不能为空', document_number: '证件号不能为空' },
    ],
    [{ document_number: '110199200001019011' }, { document_number: '身份证号的校验位不符，请逐位核对。' }],
    [{ sex: 'female' }, { sex: '性别与身份证号不一致，请核对' }],
    [
      { document_type: 'passport', document_number: '12' },
      { document_number: '护照号应为 5 至 15 位字母和数字，请核对。' },
    ],
    [
      { phone: '12000000000', plate: '京I12345' },
      { phone: '请填写 11 位中国大陆手机号。', plate: /^车牌号格式不正确/ },
    ],
    [
      { sex: '', document_type: 'nothing' },
      { sex: '请选择性别', document_type: '请选择证件类型' },
    ],
    [{ document_number: '820000201506150027', sex: 'female' }, { document_number: /监护人/ }],
  ])('%o', async (change, expected) => {
    const visitor = new VisitorBrowser(system);
    await visitor.register();
    await visitor.agree();
    const typed = { ...visitor.person, ...change };
    const $ = load((await visitor.post('/profile', typed).expect(422)).text);
    const errors = $('.field__error')
      .map((_, one) => [[$(one).attr('id')?.slice(6, -6), $(one).text()]])
      .get();
    expect(Object.fromEntries(errors)).toEqual(
      Object.fromEntries(Object.entries(expected).map(([field, words]) => [field, expect.stringMatching(words)])),
    );
    for (const name of ['name', 'phone', 'document_number', 'plate', 'unit'] as const) {
      expect($(`[name=${name}]`).attr('value')).toBe(typed[name]);
    }
    for (const [field] of errors) expect($(`[name=${field}]`).first().attr('aria-invalid')).toBe('true');
    expect(await personOf(visitor)).toBeUndefined();
  });
});

test('keeps the person encrypted and normalised; the draft hears of it', async () => {
  const visitor = new VisitorBrowser(system);
  await visitor.register();
  await visitor.agree();
  const typed = { ...visitor.person, name: ' 欧阳  小满 ', document_number: '11019919900101904x', plate: '京·a 12345' };
  expect((await visitor.post('/profile', { ...typed, sex: 'female' }).expect(303)).headers.location).toBe('/');
  const $ = await visitor.page('/profile');
  expect($('[name=name]').attr('value')).toBe('欧阳 小满');
  expect($('[name=document_number]').attr('value')).toBe('11019919900101904X');
  expect($('[name=plate]').attr('value')).toBe('京A12345');

  const row = await personOf(visitor);
  expect(JSON.stringify(row)).not.toMatch(/欧阳|904X|A12345/);
  expect(row.document_hash).toEqual(system.index('document', '11019919900101904X'));
  const draft = () => system.db('reservation').where({ visitor_id: row.visitor_id }).first('stage', 'seq');
  await until(async () => (await draft()).stage === 'details', 'the workflow waits for a submission');
});

test('a change is a new version, the same again is none', async () => {
  const visitor = await new VisitorBrowser(system).settle();
  await visitor.post('/profile', { ...visitor.person }).expect(303);
  expect((await personOf(visitor)).version).toBe(1);
  await visitor.post('/profile', { ...visitor.person, unit: '另一家公司' }).expect(303);
  expect((await personOf(visitor)).version).toBe(2);
});
