import { gzipSync } from 'node:zlib';
import { type CheerioAPI, load } from 'cheerio';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { day, dayOf, hour, minute, parseLocalDateTime, startOfDay, toLocalInput } from '../../domain/time.ts';
import { forgetContent } from '../../store/content/content-cache.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
});
afterAll(() => system?.stop());

const settled = () => new VisitorBrowser(system).settle();
const formOf = (visitor: VisitorBrowser, more = '', channel = 'personal') =>
  visitor.page(`/reservations/new?channel=${channel}${more}`);
/** What a browser would send: cheerio takes the first option of a select whose chosen one lies in a group. */
const valuesOf = ($: CheerioAPI): Record<string, string> => ({
  ...Object.fromEntries(
    $('#visit-form')
      .serializeArray()
      .map(({ name, value }) => [name, value]),
  ),
  ...Object.fromEntries(
    $('#visit-form option[selected]')
      .map((_, one) => [[$(one).closest('select').attr('name'), $(one).attr('value') ?? '']])
      .get(),
  ),
});
const departmentCalled = (name: string) => system.db('department').where({ name_zh: name }).first();
const errorsOf = ($: CheerioAPI) =>
  Object.fromEntries(
    $('.field__error')
      .map((_, one) => [[$(one).attr('id')?.slice(6, -6), $(one).text()]])
      .get(),
  );
const windowIn = (hours: number) => ({
  from: toLocalInput(Date.now() + hours * hour),
  until: toLocalInput(Date.now() + (hours + 1) * hour),
});
/** The web's own process keeps content for a few seconds. */
const shows = (visitor: VisitorBrowser, wished: ($: CheerioAPI) => boolean) =>
  until(async () => {
    const $ = await formOf(visitor);
    return wished($) && $;
  }, 'the form shows it');

describe('departments', () => {
  test('are a tree in one native control; departments that only group others cannot be chosen', async () => {
    const $ = await formOf(await settled());
    const groups = $('select[name=department] optgroup')
      .map((_, one) => $(one).attr('label'))
      .get();
    expect(groups).toEqual(['学院', '机关部处', '直属单位']);
    const options = $('optgroup[label=学院] option')
      .map((_, one) => $(one).text())
      .get();
    expect(options.slice(0, 4)).toEqual(['信息科学与工程学院', '\u3000计算机系', '\u3000通信工程系', '机械工程学院']);
    expect($('select[name=department] option').length).toBeGreaterThan(30);
  });

  test('suggest the nearest gate on the plan where none is named', async () => {
    const visitor = await settled();
    const department = system.owner('department').where({ name_zh: '图书馆' });
    const { nearest_gate: named } = await department.clone().first('nearest_gate');
    const hintOf = ($: CheerioAPI) => $('select[name=department] option:contains("图书馆")').attr('data-hint') ?? '';
    await department.clone().update({ nearest_gate: null, plan_x: null, plan_y: null });
    try {
      await shows(visitor, ($) => hintOf($).startsWith('建议从南门进校'));
      const east = await system.owner('gate').where({ name_zh: '东门' }).first('plan_x', 'plan_y');
      await department.clone().update(east);
      await shows(visitor, ($) => hintOf($).startsWith('建议从东门进校'));
    } finally {
      await department.clone().update({ nearest_gate: named });
      await shows(visitor, ($) => hintOf($).startsWith('建议从南门进校'));
    }
  });

  test('are found by 查找 without scripts, by name, building or English, with everything typed kept', async () => {
    const visitor = await settled();
    const typed: Record<string, string> = {
      ...(await visitor.visitForm()),
      note: '带两箱器材',
      unit: '改过的单位',
      department_search: '行政楼',
    };
    const $ = load((await visitor.post('/reservations/new?channel=personal', typed).expect(200)).text);
    const names = $('select[name=department] option[value!=""]')
      .map((_, one) => $(one).text())
      .get();
    expect(names).toEqual([
      '党政办公室',
      '教务处',
      '科学技术处',
      '学生处',
      '招生就业处',
      '人事处',
      '财务处',
      '国际合作与交流处',
      '档案馆',
    ]);
    expect($('[role=status]').text()).toContain('找到 9 个部门');
    expect($('[name=note]').text()).toBe('带两箱器材');
    expect($('[name=unit]').attr('value')).toBe('改过的单位');
    expect($('[name=key]').attr('value')).toBe(typed.key);
    expect($('.field__error')).toHaveLength(0);

    const one = load((await visitor.post('/reservations/new', { ...typed, department_search: 'LIBRARY' })).text);
    expect(one('select[name=department] option[selected]').text()).toBe('图书馆');
    expect(one('#field-department-hint').text()).toContain('建议从南门进校（全天开放）');
    const none = load((await visitor.post('/reservations/new', { ...typed, department_search: '%_' })).text);
    expect(none('[role=status]').text()).toContain('没有符合的部门');
    expect(await system.db('request').where({ id: typed.key })).toHaveLength(0);
  });

  test('Enter in the search field searches; Enter elsewhere submits', async () => {
    const visitor = await settled();
    const typed = { ...(await visitor.visitForm()), by: 'enter', department_search: '图书馆' };
    const $ = load((await visitor.post('/reservations', typed).expect(200)).text);
    expect($('select[name=department] option[selected]').text()).toBe('图书馆');
    await visitor.post('/reservations', { ...valuesOf($), ...windowIn(2), by: 'enter' }).expect(303);
  });

  test('one that was closed meanwhile is refused at the field, and the rest is kept', async () => {
    const visitor = await settled();
    const library = await departmentCalled('档案馆');
    const typed = { ...(await visitor.visitForm()), department: library.id, note: '查档' };
    await system.owner('department').where({ id: library.id }).update({ closed_at: new Date() });
    forgetContent(system.db);
    const answer = await visitor.post('/reservations', typed).expect(422);
    const $ = load(answer.text);
    expect(errorsOf($)).toEqual({ department: '该部门暂不接受预约，请选择其他部门' });
    expect($('[name=note]').text()).toBe('查档');
    expect($('[name=host]').attr('value')).toBe('王建国');
    await system.owner('department').where({ id: library.id }).update({ closed_at: null });
  });

  test('one that only groups others is refused, also when a machine sends it', async () => {
    const visitor = await settled();
    const group = await departmentCalled('学院');
    const $ = load(
      (await visitor.post('/reservations', { ...(await visitor.visitForm()), department: group.id })).text,
    );
    expect(Object.keys(errorsOf($))).toEqual(['department']);
  });
});

describe('the host', () => {
  test('is found silently by the whole name; whether there is one makes no difference to the visitor', async () => {
    const [known, unknown] = [await settled(), await settled()];
    const submit = async (visitor: VisitorBrowser, host: string) =>
      visitor.post('/reservations', { ...(await visitor.visitForm()), ...windowIn(2), host });
    const answers = [await submit(known, ' 王 建国'), await submit(unknown, '王建')];
    expect(answers.map(({ status }) => status)).toEqual([303, 303]);
    const pages = await Promise.all(
      [known, unknown].map(async (visitor, n) =>
        (await visitor.page(String(answers[n]?.headers.location)))('main').text(),
      ),
    );
    const alike = pages.map((text) =>
      text
        .replace(/王\s?建国?|href="[^"]*"/g, '')
        .replace(/\d+/g, '')
        .replace(/\s+/g, ' '),
    );
    expect(alike[0]).toBe(alike[1]);
    const hosts = await Promise.all(
      answers.map(async ({ headers }) => {
        const id = String(headers.location).split('/').at(-1) ?? '';
        return (await system.db('submission').where({ reservation_id: id }).first()).host_id;
      }),
    );
    const row = await system.db('host').where({ id: hosts[0] }).first();
    const { id: information } = await departmentCalled('信息科学与工程学院');
    expect(row.department_id).toBe(information);
    expect(hosts[1]).toBeNull();
  });

  test('no page lists hosts', async () => {
    const html = (await formOf(await settled())).html();
    for (const name of ['王建国', '李思远', '孙立群', '陈若兰']) expect(html).not.toContain(name);
  });
});

describe('reasons', () => {
  test('that belong to one department are offered with it and refused elsewhere', async () => {
    const visitor = await settled();
    const $ = await formOf(visitor);
    expect($('select[name=reason] optgroup[label=图书馆] option').text().trim()).toBe('借阅查档');
    const reason = $('select[name=reason] optgroup[label=图书馆] option').attr('value') ?? '';
    const form = { ...(await visitor.visitForm()), ...windowIn(2), reason };
    expect(errorsOf(load((await visitor.post('/reservations', form).expect(422)).text))).toEqual({
      reason: '该事由不属于所选部门，请重新选择',
    });
    const { id: department } = await departmentCalled('图书馆');
    await visitor.post('/reservations', { ...form, department }).expect(303);
  });
});

describe('day and time', () => {
  afterEach(async () => {
    await system.owner('campus').update({ opens_at: null, closes_at: null, closed_weekdays: [], daily_capacity: 2000 });
    await system.owner('closed_day').where({ reason_zh: '考试' }).delete();
    await system
      .owner('slot')
      .where('day', '>', dayOf(Date.now() + 30 * day))
      .delete();
  });
  const dayNamed = ($: CheerioAPI, end: 'from' | 'until', value: string) =>
    $(`select[name=${end}_day] option[value="${value}"]`);

  test('are native controls of sixty days that say the weekday', async () => {
    const $ = await formOf(await settled());
    const days = $('select[name=from_day] option[value!=""]');
    expect(days).toHaveLength(61);
    for (const one of days.toArray().slice(1)) expect($(one).text()).toMatch(/^\d{1,2}月\d{1,2}日 周[一二三四五六日]/);
    expect(days.first().text()).toMatch(/^今天 \d+月\d+日$/);
    const times = $('select[name=from_time] option[value!=""]')
      .map((_, one) => $(one).attr('value'))
      .get();
    expect(times).toEqual(times.toSorted());
    expect(times).toEqual(expect.arrayContaining(['00:00', '08:30', '23:30']));
    expect($('select[name=from_time]').text()).toMatch(/\d\d:\d\d 现在/);
    expect($('select[name=until_time] option').last().attr('value')).toBe('24:00');
    expect($('input[type=datetime-local]')).toHaveLength(0);
  });

  test('closed and full days are disabled and say why', async () => {
    const [closed, full] = [dayOf(Date.now() + 40 * day), dayOf(Date.now() + 41 * day)];
    const campus = await system.owner('campus').first();
    await system
      .owner('closed_day')
      .insert({ campus_id: campus.id, day: closed, reason_zh: '考试', reason_en: 'Exams' });
    await system.owner('slot').insert({ campus_id: campus.id, day: full, capacity: 2000, held: 2000 });
    const visitor = await settled();
    const $ = await shows(visitor, (page) => dayNamed(page, 'from', full).attr('disabled') !== undefined);
    for (const end of ['from', 'until'] as const) {
      expect(dayNamed($, end, closed).attr('disabled')).toBeDefined();
      expect(dayNamed($, end, closed).text()).toContain('（不开放：考试）');
      expect(dayNamed($, end, full).attr('disabled')).toBeDefined();
      expect(dayNamed($, end, full).text()).toContain('（已满）');
    }
    const english = await new VisitorBrowser(system, { language: 'en' }).settle();
    expect(dayNamed(await formOf(english), 'from', closed).text()).toMatch(/^\w{3} \d{1,2} \w{3} \(closed: Exams\)$/);
  });

  test('a closed day that is sent all the same is refused at its control', async () => {
    const closed = dayOf(Date.now() + 40 * day);
    const campus = await system.owner('campus').first();
    await system
      .owner('closed_day')
      .insert({ campus_id: campus.id, day: closed, reason_zh: '考试', reason_en: 'Exams' });
    const visitor = await settled();
    await shows(visitor, (page) => dayNamed(page, 'from', closed).attr('disabled') !== undefined);
    const form = await visitor.visitForm();
    const at = { from_day: closed, from_time: '10:00', until_day: closed, until_time: '12:00' };
    const $ = load((await visitor.post('/reservations', { ...form, ...at }).expect(422)).text);
    expect(errorsOf($)).toEqual({ from: '当天不开放，请选择其他日期', until: '当天不开放，请选择其他日期' });
    expect(
      $('[aria-invalid=true]')
        .map((_, one) => $(one).attr('name'))
        .get(),
    ).toEqual(['from_day', 'until_day']);
    expect($('select[name=from_time] option[selected]').attr('value')).toBe('10:00');
  });

  test('times keep to the visiting hours, in the list and when they are sent', async () => {
    const visitor = await settled();
    await system.owner('campus').update({ opens_at: '08:00', closes_at: '18:00' });
    const $ = await shows(visitor, (page) => page('select[name=until_time] option').last().attr('value') === '18:00');
    const listed = $('select[name=from_time] option[value!=""]')
      .map((_, one) => $(one).attr('value'))
      .get();
    expect(listed).toEqual(expect.arrayContaining(['08:00', '17:30']));
    // Only the quarter of an hour that is running is listed outside them, and says so.
    expect($('select[name=from_time] option[value="18:00"]:not(:contains("现在"))')).toHaveLength(0);
    expect($('#window-hint').text()).toContain('接待时间 08:00–18:00。');
    const tomorrow = dayOf(Date.now() + day);
    const at = { from_day: tomorrow, from_time: '17:00', until_day: tomorrow, until_time: '18:30' };
    const refused = load(
      (await visitor.post('/reservations', { ...valuesOf($), ...(await visitor.visitForm()), ...at })).text,
    );
    expect(errorsOf(refused)).toEqual({ until: '不在访问时间内，请选择列表中的时间' });
    expect(refused('[aria-invalid=true]').attr('name')).toBe('until_time');
    expect(refused('select[name=until_time] option[selected]').attr('value')).toBe('18:30');
    await system.owner('campus').update({ opens_at: null, closes_at: null });
    await shows(visitor, (page) => page('select[name=until_time] option').last().attr('value') === '24:00');
  });

  test('an exact end is taken, to the second, and midnight is the end of its day', async () => {
    const visitor = await settled();
    const tomorrow = dayOf(Date.now() + day);
    const at = { from_day: tomorrow, from_time: '22:00', until_day: tomorrow, until_time: '24:00' };
    const answer = await visitor.post('/reservations', { ...(await visitor.visitForm()), ...at }).expect(303);
    const id = String(answer.headers.location).split('/').at(-1) ?? '';
    const kept = await system.db('submission').where({ reservation_id: id }).first();
    expect(kept.visit_until).toEqual(new Date(startOfDay(tomorrow).getTime() + day));
    const exact = { ...at, from_time: '10:00', until_time: '10:00:07' };
    const second = await visitor.post('/reservations', { ...(await visitor.visitForm()), ...exact }).expect(303);
    const other = String(second.headers.location).split('/').at(-1) ?? '';
    const seconds = await system.db('submission').where({ reservation_id: other }).first();
    expect(seconds.visit_until).toEqual(parseLocalDateTime(`${tomorrow}T10:00:07`));
  });
});

describe('a returning visitor', () => {
  const submitted = async (visitor: VisitorBrowser, more: Record<string, string> = {}) => {
    const form = { ...(await visitor.visitForm()), ...windowIn(30), ...more };
    const answer = await visitor.post('/reservations', form).expect(303);
    return { id: String(answer.headers.location).split('/').at(-1) ?? '', form };
  };

  test('finds the form filled from the last visit of the channel, and may send it as it stands', async () => {
    const visitor = await settled();
    const library = await departmentCalled('图书馆');
    const from = toLocalInput(Date.now() + 30 * hour);
    const until = toLocalInput(Date.now() + 33 * hour);
    await submitted(visitor, { department: library.id, host: '陈若兰', note: '还书', from, until });
    const $ = await formOf(visitor);
    expect($('[role=status]').text()).toContain('已按上次来访填写');
    expect(valuesOf($)).toMatchObject({ department: library.id, host: '陈若兰', note: '还书' });
    const { from_day, from_time, until_day, until_time } = valuesOf($);
    const [begins, ends] = [
      parseLocalDateTime(`${from_day}T${from_time}`),
      parseLocalDateTime(`${until_day}T${until_time}`),
    ];
    if (begins && ends) expect(Number(ends) - Number(begins)).toBe(3 * hour);
    expect(Number(begins) - Date.now()).toBeLessThan(4 * hour);
    await visitor.post('/reservations', valuesOf($)).expect(303);
    // The other channel was never used.
    const official = await formOf(visitor, '', 'official');
    expect(official('select[name=department] option[selected]')).toHaveLength(0);
  });

  test('copies an old visit to the next possible day at the same times', async () => {
    const visitor = await settled();
    const { id } = await submitted(visitor, { note: '同上' });
    const before = await system.db('submission').where({ reservation_id: id }).first();
    await visitor.post(`/reservations/${id}/cancellation`, { key: crypto.randomUUID() });
    const $ = await formOf(visitor, `&copy=${id}`);
    expect($('[role=status]').text()).toContain('已按所选的来访填写');
    const { from_day, from_time, note } = valuesOf($);
    expect(note).toBe('同上');
    expect(from_time).toBe(toLocalInput(before.visit_from).slice(11));
    const [today, tomorrow] = [dayOf(Date.now()), dayOf(Date.now() + day)];
    expect([today, tomorrow]).toContain(from_day);
  });

  test.each([
    ['another car', { plate: '', plate_new: '冀A54321' }, '冀A54321'],
    ['no car', { plate: '' }, ''],
  ])('with %s keeps that when the visit is corrected or copied', async (_, sent, plate) => {
    const visitor = await settled();
    const { id } = await submitted(visitor, sent);
    const { submission_id: submission } = await until(async () => {
      const row = await system.db('reservation').where({ id }).first();
      return row.submission_id && row;
    }, 'it is admitted');
    for (const more of [`&again=${submission}`, `&copy=${id}`]) {
      expect(valuesOf(await formOf(visitor, more)).plate, more).toBe(plate);
    }
    // A form that begins anew takes the usual one.
    expect(valuesOf(await formOf(visitor)).plate).toBe(visitor.person.plate);
  });

  test('never copies or corrects what is somebody else’s', async () => {
    const [one, other] = [await settled(), await settled()];
    const { id } = await submitted(one, { note: '只有我知道' });
    const { submission_id } = await until(async () => {
      const row = await system.db('reservation').where({ id }).first();
      return row.submission_id && row;
    }, 'it is admitted');
    for (const more of [`&copy=${id}`, `&again=${submission_id}`, `&returned=${id}`]) {
      const $ = await formOf(other, more);
      expect($('[name=note]').text()).toBe('');
      expect($('[name=reservation]')).toHaveLength(0);
    }
    const form = { ...(await other.visitForm()), ...windowIn(2), reservation: id };
    await other.post('/reservations', form).expect(409);
  });

  test('corrects a returned reservation in that same reservation', async () => {
    const visitor = await settled();
    const { id } = await submitted(visitor, { note: '第一次' });
    await system.owner('reservation').where({ id }).update({ stage: 'details' });
    const { submission_id } = await system.db('reservation').where({ id }).first();
    const $ = await formOf(visitor, `&again=${submission_id}`);
    expect($('[name=note]').text()).toBe('第一次');
    expect($('[name=reservation]').attr('value')).toBe(id);
    const form: Record<string, string> = { ...valuesOf($), note: '第二次' };
    await visitor.post('/reservations', form);
    const request = await system.db('request').where({ id: form.key }).first();
    expect(request).toMatchObject({ reservation_id: id, kind: 'submit' });
    expect(await system.db('submission').where({ reservation_id: id })).toHaveLength(2);
  });
});

test.each([
  ['personal', 'a resident ID'],
  ['official', 'a resident ID'],
  ['personal', 'a passport'],
  ['official', 'a passport'],
])('the %s form of somebody with %s stays within ten kilobytes on the way', async (channel, document) => {
  const visitor = await settled();
  if (document === 'a passport') {
    const papers = {
      document_type: 'passport',
      document_number: 'C4R7TX1',
      nationality: 'DEU',
      birth_day: '1990-01-01',
    };
    await visitor.post('/profile', { ...visitor.person, ...papers }).expect(303);
  }
  const part = await visitor.post('/profile/document', { document_type: 'passport' }).expect(200);
  expect(gzipSync(part.text).length).toBeLessThanOrEqual(4_096);
  const form = { ...(await visitor.visitForm(channel as 'personal')), note: '说明'.repeat(90) };
  const now = { from: toLocalInput(Date.now() - minute), until: toLocalInput(Date.now() + hour) };
  await visitor.post('/reservations', { ...form, ...now }).expect(303);
  const page = await visitor.agent.get(`/reservations/new?channel=${channel}`).expect(200);
  expect(gzipSync(page.text).length).toBeLessThanOrEqual(10_240);
  const refused = await visitor.post('/reservations', { ...form, host: '', reason: '', ...now }).expect(422);
  expect(gzipSync(refused.text).length).toBeLessThanOrEqual(10_240);
});
