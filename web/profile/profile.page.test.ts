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
  expect(labels).toEqual(['*姓名', '*手机号', '*证件类型', '*证件号', '车牌号', '单位']);
  expect($('.derived dt').first().text()).toBe('性别');
  expect($('[name=phone]').attr('value')).toBe(visitor.phone);
  expect($('main form[action="/profile"] > button').last().text()).toBe('确认');
  expect($('main a[href="/privacy"]').text()).toBe('隐私政策');
});

describe('what is wrong is said at the field, and what was typed is kept', () => {
  test.each([
    [
      { name: '', document_number: '' },
      { name: '姓名不能为空', document_number: '证件号不能为空' },
    ],
    [{ document_number: '110199200001019011' }, { document_number: '身份证号的校验位不符，请逐位核对。' }],
    [
      { document_type: 'passport', document_number: '12', sex: '', nationality: '' },
      {
        document_number: '护照号应为 5 至 15 位字母和数字，请核对。',
        nationality: '请选择国籍',

        sex: '请选择性别',
        birth_day: '请填写出生日期',
      },
    ],
    [
      { document_type: 'passport', document_number: 'X0000001', nationality: 'CHN', birth_day: '1990-02-30' },
      { document_number: /^中国护照号/, birth_day: '出生日期不存在，请核对' },
    ],
    [
      { document_type: 'foreign_permanent', document_number: 'CAN110012345678', sex: '' },
      { sex: '请选择性别', birth_day: '请填写出生日期' },
    ],
    [
      { document_type: 'passport', document_number: 'X0000001', nationality: 'XXX', birth_day: '1990-02-03' },
      { nationality: /列表/ },
    ],
    [
      { document_type: 'hm_permit', document_number: 'A1', birth_day: '2990-01-01' },
      { document_number: /H 或 M/, birth_day: /晚于今天/ },
    ],
    [
      { phone: '12000000000', plate: '京I12345' },
      { phone: /^请填写 11 位中国大陆手机号/, plate: /^车牌号格式不正确/ },
    ],
    [
      { phone: '+1 415', plate: '使1', plate_special: 'yes' },
      { phone: /^境外号码/, plate: /^特殊号牌/ },
    ],
    [{ document_type: 'nothing' }, { document_type: '请选择证件类型' }],
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
  expect((await visitor.post('/profile', typed).expect(303)).headers.location).toBe('/');
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

describe('every kind of document', () => {
  const asked = { sex: 'female', birth_day: '1990-02-03' };
  test.each([
    [{ document_type: 'passport', document_number: 'E00000001', nationality: '', ...asked }, { nationality: 'CHN' }],
    [{ document_type: 'passport', document_number: 'x0000001', nationality: 'GBR', ...asked }, { nationality: 'GBR' }],
    [{ document_type: 'hm_permit', document_number: 'H00000001', ...asked }, { nationality: null }],
    [{ document_type: 'taiwan_permit', document_number: '00000001', ...asked }, { nationality: null }],
    [{ document_type: 'other', document_number: '使馆证 A1', nationality: 'FRA', ...asked }, { nationality: 'FRA' }],
    [{ document_type: 'hmt_residence', document_number: '830000198808120031', sex: '' }, { sex: 'male' }],
    [{ document_type: 'foreign_permanent', document_number: '931999198501019014', sex: '' }, { sex: 'male' }],
    [{ document_type: 'foreign_permanent', document_number: 'CAN110012345678', ...asked }, { nationality: 'CAN' }],
  ])('%o', async (document, kept) => {
    const visitor = new VisitorBrowser(system);
    await visitor.register();
    await visitor.agree();
    await visitor.post('/profile', { ...visitor.person, ...document }).expect(303);
    const row = await personOf(visitor);
    expect(row).toMatchObject({ sex: 'female', document_type: document.document_type, ...kept });
    const $ = await visitor.page('/profile');
    expect($('[name=document_type] option[selected]').attr('value')).toBe(document.document_type);
    const says = document.sex === '';
    expect($('[name=sex]').length > 0).toBe(!says);
    expect($('[name=birth_day]').attr('value')).toBe(says ? undefined : '1990-02-03');
    if (says) expect($('.derived dd').text()).toMatch(/^男19(88-08-12|85-01-01)$/);
  });

  test('another kind is chosen without scripts by a button, and everything typed is kept', async () => {
    const visitor = new VisitorBrowser(system);
    await visitor.register();
    await visitor.agree();
    const typed = { ...visitor.person, name: '史密斯', document_type: 'passport', unit: '某公司', redraw: 'document' };
    const $ = load((await visitor.post('/profile', typed).expect(200)).text);
    expect($('[name=name]').attr('value')).toBe('史密斯');
    expect($('[name=unit]').attr('value')).toBe('某公司');
    expect($('#field-document_number-hint').text()).toMatch(/^护照/);
    expect($('[name=nationality] option').length).toBeGreaterThan(240);
    expect($('noscript').text()).toContain('换一种证件');
    expect($('.field__error').length).toBe(0);
    expect(await personOf(visitor)).toBeUndefined();
  });
});

test('a nationality is chosen by its name, in either language', async () => {
  const visitor = await new VisitorBrowser(system).settle();
  const papers = { document_type: 'passport', document_number: 'C4R7TX1', birth_day: '1990-01-01' };
  for (const [name, code, language] of [
    ['德国', 'DEU', 'en'],
    ['Japan', 'JPN', 'zh-CN'],
  ] as const) {
    await visitor.post('/profile', { ...visitor.person, ...papers, nationality: name }).expect(303);
    expect(await personOf(visitor)).toMatchObject({ nationality: code });
    await visitor.post('/language', { lang: language, return: '/profile' }).expect(303);
    const $ = await visitor.page('/profile');
    const shown = $('[name=nationality] option[selected]').text();
    expect(shown).toBe(language === 'en' ? 'Germany' : '日本');
    // As it stands the form says the same again.
    await visitor.post('/profile', { ...visitor.person, ...papers, nationality: shown }).expect(303);
    expect(await personOf(visitor)).toMatchObject({ nationality: code });
  }
});

test('a special plate is kept where it is declared, and comes back ticked', async () => {
  const visitor = await new VisitorBrowser(system).settle();
  const special = { ...visitor.person, plate: '使 224578' };
  await visitor.post('/profile', special).expect(422);
  await visitor.post('/profile', { ...special, plate_special: 'yes' }).expect(303);
  const $ = await visitor.page('/profile');
  expect($('[name=plate]').attr('value')).toBe('使224578');
  expect($('[name=plate_special]').attr('checked')).toBe('checked');
});

test('confirming without a change moves the date of the last check and makes no version', async () => {
  const visitor = await new VisitorBrowser(system).settle();
  const { id } = await personOf(visitor);
  await system
    .owner('person')
    .where({ id })
    .update({ checked_at: new Date('2026-09-01T02:00:00Z') });
  expect((await visitor.page('/profile'))('.lead').text()).toContain('上次核对 2026-09-01');
  expect((await visitor.page('/reservations/new?channel=personal'))('.checked').text()).toContain(
    '上次核对 2026-09-01',
  );
  await visitor.post('/profile', { ...visitor.person }).expect(303);
  const row = await personOf(visitor);
  expect(row.version).toBe(1);
  expect(Date.now() - row.checked_at.getTime()).toBeLessThan(60_000);
});

test('a change is a new version, the same again is none', async () => {
  const visitor = await new VisitorBrowser(system).settle();
  await visitor.post('/profile', { ...visitor.person }).expect(303);
  expect((await personOf(visitor)).version).toBe(1);
  await visitor.post('/profile', { ...visitor.person, unit: '另一家公司' }).expect(303);
  expect((await personOf(visitor)).version).toBe(2);
});
