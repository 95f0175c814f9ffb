import { randomUUID } from 'node:crypto';
import { load } from 'cheerio';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { feedHeaders, feedRequestText } from '../../../domain/feed.ts';
import { dayOf } from '../../../domain/time.ts';
import { createSigner } from '../../../platform/signing.ts';
import { testKeys } from '../../../testing/keys.ts';
import { staffBrowser } from '../../../testing/staff-browser.ts';
import { type System, startSystem } from '../../../testing/system.ts';

type Agent = Awaited<ReturnType<typeof staffBrowser>>;
type Page = ReturnType<typeof load>;
type TestKeys = Awaited<ReturnType<typeof testKeys>>;

let system: System;
let admin: Agent;
let approver: Agent;
let campus: string;
beforeAll(async () => {
  system = await startSystem({ start: ['web'] });
  [admin, approver] = await Promise.all([staffBrowser(system.web, 'admin'), staffBrowser(system.web, 'approver')]);
  campus = (await system.owner('campus').first()).id;
}, 180_000);
afterAll(() => system?.stop());

const top = '/admin/content';
const page = async (path: string, agent: Pick<Agent, 'get'> = admin) => load((await agent.get(path).expect(200)).text);
const public_ = (path: string) => page(path, supertest(system.web));

/** Everything the page's form would send as it stands. */
function sent($: Page): Record<string, string> {
  const form = $('main > form[method=post]').first();
  return Object.fromEntries(form.serializeArray().map(({ name, value }) => [name, value.replaceAll('\r\n', '\n')]));
}

async function edit(
  path: string,
  changed: Record<string, string>,
  from?: Record<string, string>,
): Promise<supertest.Response> {
  const body = { ...(from ?? sent(await page(path))), ...changed };
  return admin.post(`${path}/edits`).type('form').send(body);
}
const changes = (id: string): PromiseLike<unknown[]> =>
  system.owner('audit').where({ action: 'content_changed', subject_id: id }).orderBy('id').pluck('detail');
const idOf = async (table: string, name_zh: string): Promise<string> =>
  (await system.owner(table).where({ name_zh }).first()).id;

test('an approver gets 404 for all of it, a stranger gets the login', async () => {
  const paths = ['', '/university', `/campuses/${campus}`, '/gates/south', '/departments', '/reasons', '/closed-days'];
  for (const path of [
    ...paths,
    '/calendar',
    '/calendar/2027-01-01',
    '/office-hours',
    '/notices/privacy',
    `/guides/${campus}/dining`,
    '/campuses/new',
  ]) {
    await approver.get(top + path).expect(404);
    await supertest(system.web)
      .get(top + path)
      .expect(303);
  }
  for (const path of [
    '/university/edits',
    '/gates/south/edits',
    '/closed-days',
    '/calendar',
    '/notices/privacy/versions',
  ])
    await approver
      .post(top + path)
      .type('form')
      .send({ version: '1' })
      .expect(404);
  expect((await page('/inbox', approver))('.staffbar__nav').text()).not.toContain('内容');
  expect((await page('/inbox'))('.staffbar__nav').text()).toContain('内容');
});

test('the overview leads to everything, in both languages', async () => {
  for (const language of ['zh-CN', 'en']) {
    const $ = await page(`${top}?lang=${language}`);
    const links = $('main a[href^="/admin/content/"]')
      .map((_, link) => $(link).attr('href'))
      .get();
    expect(links.length).toBeGreaterThan(15);
    for (const link of links) {
      const shown = load(
        (await admin.get(`${link}${link.includes('?') ? '&' : '?'}lang=${language}`).expect(200)).text,
      );
      expect(shown('html').attr('lang')).toBe(language);
    }
  }
  await page(`${top}?lang=zh-CN`);
});

describe('an edit', () => {
  test.each([
    [
      'university',
      async (): Promise<string> => `${top}/university`,
      { name_zh: '河北科技大学', account_name: '河科大访客' },
      'account_name',
    ],
    [
      'campus',
      async (): Promise<string> => `${top}/campuses/${campus}`,
      { daily_capacity: '1500', closed_weekdays: '6 7' },
      'daily_capacity',
    ],
    [
      'gate',
      async (): Promise<string> => `${top}/gates/east`,
      { hint_zh: '东侧马路西边', opens_at: '22:00', closes_at: '06:00' },
      'hint_zh',
    ],
    [
      'department',
      async (): Promise<string> => `${top}/departments/${await idOf('department', '后勤管理处')}`,
      { building_zh: '后勤服务楼', building_en: 'Logistics services', nearest_gate: 'south' },
      'building_zh',
    ],
    [
      'reason',
      async (): Promise<string> => `${top}/reasons/${await idOf('reason', '其他')}`,
      { name_zh: '其他事由' },
      'name_zh',
    ],
    [
      'refusal_reason',
      async (): Promise<string> => `${top}/refusal-reasons/${await idOf('refusal_reason', '材料不全')}`,
      { name_zh: '材料不齐' },
      'name_zh',
    ],
  ] as const)('of a %s stands at once, is audited, and the former text stays', async (kind, path, changed, column) => {
    const at = await path();
    const before = sent(await page(at));
    const saved = await edit(at, changed);
    expect(saved.status, saved.text).toBe(303);
    const after = sent(await page(at));
    expect(after).toMatchObject({ ...changed, ...('closed_weekdays' in changed && { closed_weekdays: '67' }) });
    expect(Number(after.version)).toBe(Number(before.version) + 1);
    const id = kind === 'university' ? '1' : String(at.split('/').at(-1));
    expect(await changes(id)).toEqual([{ kind, version: Number(after.version) }]);
    const kept = await system.owner('content_revision').where({ kind, row_id: id });
    expect(kept).toHaveLength(1);
    expect(String(kept[0].body[column] ?? '')).toBe(before[column]);
    expect((await page(at))('#revisions').length).toBe(1);

    // The same form twice is one edit.
    await edit(at, changed, before).then((again) => expect(again.status).toBe(303));
    expect(await changes(id)).toHaveLength(1);
  });

  test('shows at once to visitors', async () => {
    await edit(`${top}/gates/south`, { name_zh: '正南门' });
    expect((await public_('/guide/getting-here'))('main').text()).toContain('正南门');
    await edit(`${top}/gates/south`, { name_zh: '南门' });
    expect((await public_('/guide/getting-here'))('main').text()).not.toContain('正南门');
  });

  test('from a page that grew stale shows both texts and keeps what was typed', async () => {
    const at = `${top}/reasons/${await idOf('reason', '业务往来')}`;
    const old = sent(await page(at));
    await edit(at, { name_en: 'Business visit' });
    const refused = await edit(at, { name_en: 'Business talks' }, old);
    expect(refused.status).toBe(409);
    const $ = load(refused.text);
    expect($('[role=alert]').text()).toMatch(/已被他人修改.*Business visit\s*Business talks/s);
    expect(sent($).name_en).toBe('Business talks');
    expect(
      (
        await system
          .owner('reason')
          .where({ id: at.split('/').at(-1) })
          .first()
      ).name_en,
    ).toBe('Business visit');
    // An admin who has seen the present version may replace it.
    expect((await edit(at, {}, sent($))).status).toBe(303);
    expect(sent(await page(at)).name_en).toBe('Business talks');
  });

  test.each([
    ['gates/south', { name_zh: '' }, 'name_zh'],
    ['gates/south', { name_en: ' ' }, 'name_en'],
    ['gates/south', { name_zh: '门'.repeat(61) }, 'name_zh'],
    ['gates/south', { name_zh: '南\u0007门' }, 'name_zh'],
    ['gates/south', { hint_en: '' }, 'hint_en'],
    ['gates/south', { latitude: '91' }, 'latitude'],
    ['gates/south', { latitude: '' }, 'latitude'],
    ['gates/south', { plan_x: '1001' }, 'plan_x'],
    ['gates/south', { opens_at: '8 o’clock' }, 'opens_at'],
    ['gates/south', { opens_at: '08:00' }, 'closes_at'],
    ['gates/south', { opens_at: '08:00', closes_at: '08:00' }, 'closes_at'],
    ['campus', { opens_at: '22:00', closes_at: '08:00' }, 'closes_at'],
    ['campus', { daily_capacity: '0' }, 'daily_capacity'],
    ['campus', { closed_weekdays: '8' }, 'closed_weekdays'],
    ['campus', { closed_weekdays: '1234567' }, 'closed_weekdays'],
    ['campus', { plan: '[{"kind":"script","points":[[0,0],[1,1]]}]' }, 'plan'],
    ['campus', { plan: '{' }, 'plan'],
    ['university', { logo_svg: '<svg onload="alert(1)"/>' }, 'logo_svg'],
    ['department', { parent_id: randomUUID() }, 'parent_id'],
    ['department', { nearest_gate: 'north' }, 'nearest_gate'],
    ['department', { position: '-1' }, 'position'],
  ])('of %s with %j is refused at the field', async (where, changed, field) => {
    const at = `${top}/${where}`
      .replace(/campus$/, `campuses/${campus}`)
      .replace(/department$/, `departments/${await idOf('department', '后勤管理处')}`);
    const refused = await edit(at, changed);
    expect(refused.status).toBe(422);
    const $ = load(refused.text);
    expect($(`#field-${field}`).attr('aria-invalid')).toBe('true');
    expect($(`#field-${field}-error`).text()).not.toBe('');
    for (const [name, value] of Object.entries(changed)) {
      const shown = $(`[name=${name}]`);
      if (!shown.is('select')) expect(shown.val()).toBe(value);
    }
  });

  test('changes nothing where the row does not exist, or without a version', async () => {
    await admin.get(`${top}/gates/north`).expect(404);
    await admin.get(`${top}/departments/${randomUUID()}`).expect(404);
    await admin.get(`${top}/reasons/1`).expect(404);
    await admin.get(`${top}/notices/nothing`).expect(404);
    await admin.get(`${top}/guides/${randomUUID()}/dining`).expect(404);
    await admin.get(`${top}/departments/new?campus=${randomUUID()}`).expect(404);
    const form = { ...sent(await page(`${top}/gates/south`)), version: 'x' };
    expect((await edit(`${top}/gates/south`, {}, form)).status).toBe(400);
  });

  test('never touches the keys of a gate', async () => {
    const before = await system.owner('gate').where({ id: 'east' }).first();
    await edit(`${top}/gates/east`, { name_zh: '东大门', identity_key: 'x', sealing_key: 'x', number: '9', id: 'x' });
    const { identity_key, sealing_key, number, name_zh } = await system.owner('gate').where({ id: 'east' }).first();
    expect({ identity_key, sealing_key, number }).toEqual({
      identity_key: before.identity_key,
      sealing_key: before.sealing_key,
      number: before.number,
    });
    expect(name_zh).toBe('东大门');
  });

  test('shows markup as text', async () => {
    const name_en = `"><script>alert(1)</script>`;
    const at = `${top}/reasons/${await idOf('reason', '参观访问')}`;
    expect((await edit(at, { name_en })).status).toBe(303);
    const list = await page(`${top}/reasons?lang=en`);
    expect(list('main').text()).toContain(name_en);
    expect(list('main script')).toHaveLength(0);
    await page(`${top}?lang=zh-CN`);
  });
});

describe('what is new', () => {
  test('an admin who switches the recording of exits reads that it takes effect at once, for everybody', async () => {
    const hint = async (lang: string) =>
      (await page(`${top}/campuses/${campus}?lang=${lang}`))('#field-exits_recorded-hint').text();
    expect(await hint('en')).toMatch(/within seconds, for visits already approved too/);
    expect(await hint('zh-CN')).toMatch(/几秒内.*已批准的预约同样适用/);
  });

  test('a campus is not offered to visitors before it has a gate', async () => {
    const form = sent(await page(`${top}/campuses/new`));
    const body = { ...form, name_zh: '新校区', name_en: 'New campus', exits_recorded: 'on' };
    await admin.post(`${top}/campuses`).type('form').send(body).expect(303);
    await admin.post(`${top}/campuses`).type('form').send(body).expect(303);
    expect(await system.owner('campus').where({ name_zh: '新校区' })).toHaveLength(1);
    expect((await page(top))('main').text()).toMatch(/新校区\s+没有启用的校门/);
    const $ = await public_('/guide/dining');
    expect($('main').text()).not.toContain('新校区');
    await supertest(system.web).get('/guide/dining?campus=2').expect(404);
  });

  describe('a gate', () => {
    const add = (body: Record<string, string>) => admin.post(`${top}/gates`).type('form').send(body);
    /** As npm run keys prints them. */
    const keysOf = (gate: string, keys: TestKeys) => ({
      gate_id: gate,
      identity_key: keys.folders.gates[gate]?.identityKey.toString('hex') ?? '',
      sealing_key: keys.folders.gates[gate]?.sealingKey.toString('hex') ?? '',
    });
    const formOf = async (names: Record<string, string>) => ({
      ...sent(await page(`${top}/gates/new?campus=${campus}`)),

      name_zh: '北门',
      name_en: 'North Gate',
      ...names,
    });

    test('is added on its campus, once, with versions, and lets in the box that holds its keys', async () => {
      const way = (await page(top))(`a[href="${top}/gates/new?campus=${campus}"]`);
      expect(way.text()).toBe('新增校门');
      expect((await page(`${top}/gates/new?campus=${campus}`))('h1').text()).toContain('校本部');
      const keys = await testKeys(['north']);
      const body = await formOf(keysOf('north', keys));
      for (const _ of [1, 2]) await add(body).expect(303);
      const numbers = await system.owner('gate').where({ campus_id: campus }).orderBy('number').pluck('number');
      expect(numbers).toEqual([0, 1, 2]);
      expect(await changes('north')).toEqual([{ kind: 'gate', version: 1 }]);
      expect((await page(top))('main').text()).toContain('校门：北门');

      const time = Date.now();
      const sign = createSigner(keys.gate('north').identity.private);
      const text = feedRequestText({ gate: 'north', after: 0, time, forwarded: 1 });
      const pulled = await supertest(system.web)
        .get('/gates/north/feed?after=0')
        .set(feedHeaders.time, String(time))
        .set(feedHeaders.forwarded, '1')
        .set(feedHeaders.signature, sign(Buffer.from(text)).toString('base64'))
        .expect(200);
      expect(JSON.parse(pulled.text).place).toMatchObject({ number: 2, gateName: { en: 'North Gate' } });
      expect((await page('/admin/faults'))('section[aria-labelledby=gates]').text()).toMatch(/北门\s+正常/);

      expect((await edit(`${top}/gates/north`, { name_en: 'North' })).status).toBe(303);
      expect(await changes('north')).toHaveLength(2);
      expect((await page(`${top}/gates/north`))('#revisions + details').text()).toContain('North Gate');
    });

    test('gets another box by the page: the new one is let in, the former one is not', async () => {
      const [former, next] = [await testKeys(['harbour']), await testKeys(['harbour', 'other'])];
      await add(await formOf(keysOf('harbour', former))).expect(303);
      const path = `${top}/gates/harbour/keys`;
      expect((await page(`${top}/gates/harbour`))(`a[href="${path}"]`).text()).toBe('更换设备');
      const pull = (keys: TestKeys) => {
        const time = Date.now();
        const text = feedRequestText({ gate: 'harbour', after: 0, time, forwarded: 1 });
        return supertest(system.web)
          .get('/gates/harbour/feed?after=0')
          .set(feedHeaders.time, String(time))
          .set(feedHeaders.forwarded, '1')
          .set(
            feedHeaders.signature,
            createSigner(keys.gate('harbour').identity.private)(Buffer.from(text)).toString('base64'),
          );
      };
      const epoch = async (keys: TestKeys) => JSON.parse((await pull(keys).expect(200)).text).epoch;
      const before = await epoch(former);
      const { gate_id: _id, ...keys } = keysOf('harbour', next);
      const send = (body: Record<string, string>) => admin.post(path).type('form').send(body);
      const south = await system.owner('gate').where({ id: 'south' }).first();
      for (const [field, wrong] of [
        ['identity_key', { identity_key: 'x' }],
        ['identity_key', { identity_key: south.identity_key.toString('hex') }],
        ['sealing_key', { sealing_key: keys.identity_key }],
        ['sealing_key', { sealing_key: '0'.repeat(64) }],
      ] as const) {
        const $ = load((await send({ ...keys, ...wrong }).expect(422)).text);
        expect($(`#field-${field}-error`).text(), JSON.stringify(wrong)).not.toBe('');
      }
      await approver.post(path).type('form').send(keys).expect(404);
      await pull(former).expect(200);
      for (const _ of [1, 2]) await send(keys).expect(303);
      await pull(former).expect(401);
      expect(await epoch(next)).not.toBe(before);
      await approver.post(`${top}/gates/harbour/reissue`).expect(404);
      await admin.post(`${top}/gates/harbour/reissue`).expect(303);
      await pull(next).expect(401);
      expect(await changes('harbour')).toEqual([
        { kind: 'gate', version: 1 },
        { kind: 'gate_keys' },
        { kind: 'gate_reissue', passes: 0 },
      ]);
    });

    test('is refused at its field where an id or a key is taken or is none, and kept as typed', async () => {
      const keys = await testKeys(['west', 'other']);
      const [west, other] = [keysOf('west', keys), keysOf('other', keys)];
      const south = await system.owner('gate').where({ id: 'south' }).first();
      for (const [field, wrong] of [
        ['gate_id', { gate_id: 'south' }],
        ['gate_id', { gate_id: 'West gate' }],
        ['gate_id', { gate_id: 'new' }],
        ['gate_id', { gate_id: '' }],
        ['identity_key', { identity_key: west.identity_key.slice(1) }],
        ['identity_key', { identity_key: south.identity_key.toString('hex') }],
        ['sealing_key', { sealing_key: '0'.repeat(64) }],
        ['sealing_key', { sealing_key: west.identity_key }],
        ['name_en', { name_en: '' }],
      ] as const) {
        const answer = await add(await formOf({ ...west, ...wrong })).expect(422);
        const $ = load(answer.text);
        expect($(`#field-${field}-error`).text(), JSON.stringify(wrong)).not.toBe('');
        for (const [name, typed] of Object.entries({ ...west, ...wrong }))
          expect($(`[name=${name}]`).val()).toBe(typed);
      }
      expect(await system.owner('gate').where({ id: 'west' })).toEqual([]);
      await add({ ...(await formOf(west)), campus: randomUUID() }).expect(404);
      await approver.get(`${top}/gates/new?campus=${campus}`).expect(404);

      // Two at the same moment get a number each.
      const bodies = [await formOf(west), await formOf(other)];
      const answers = await Promise.all(bodies.map((body) => add(body)));
      expect(answers.map(({ status }) => status)).toEqual([303, 303]);
    });
  });

  describe('a department', () => {
    const below = async (parent: string, name_zh: string) => {
      const form = sent(await page(`${top}/departments/new?campus=${campus}`));
      const body = { ...form, name_zh, name_en: `Laboratory ${form.id}`, parent_id: parent };
      await admin.post(`${top}/departments`).type('form').send(body).expect(303);
      return idOf('department', name_zh);
    };
    const moved = (id: string, parent_id: string) => edit(`${top}/departments/${id}`, { parent_id });
    const parentOf = async (id: string) => (await system.owner('department').where({ id }).first()).parent_id;

    test('stands below its parent in the tree and in the choice of parents, and never below itself', async () => {
      const parent = await idOf('department', '机械工程学院');
      const child = await below(parent, '机械工程实验室');
      const last = await below(child, '齿轮实验室');
      expect(await changes(child)).toEqual([{ kind: 'department', version: 1 }]);
      const list = await page(`${top}/departments`);
      const branch = list(`a[href="${top}/departments/${last}"]`).parentsUntil('section', 'li').children('.tree__row');
      const names = branch.find('a').map((_, one) => list(one).text());
      expect(names.get().slice(0, 3)).toEqual(['齿轮实验室', '机械工程实验室', '机械工程学院']);
      const form = await page(`${top}/departments/${child}`);
      expect(form('[name=parent_id] option[selected]').text().trim()).toBe('机械工程学院');
      const indent = (id: string) =>
        form(`[name=parent_id] option[value="${id}"]`)
          .text()
          .search(/[^\u3000]/);
      expect(indent(last) - indent(parent)).toBe(2);
      for (const [above, chain] of [
        [last, '机械工程学院 → 齿轮实验室 → 机械工程实验室 → 机械工程学院'],
        [child, '机械工程学院 → 机械工程实验室 → 机械工程学院'],
      ] as const) {
        const before = await parentOf(parent);
        const refused = await moved(parent, above);
        expect(refused.status).toBe(422);
        const $ = load(refused.text);
        expect($('#field-parent_id-error').text()).toContain(`这样会形成循环：${chain}。`);
        expect($('[name=parent_id] option[selected]').attr('value')).toBe(above);
        expect(await parentOf(parent)).toBe(before);
      }
      expect((await moved(child, child)).status).toBe(422);
      expect((await moved(last, parent)).status, 'any other place is free').toBe(303);
      expect(await parentOf(last)).toBe(parent);
    });

    test('is in no circle that two make at the same moment; one that stands in the rows is still listed', async () => {
      const parent = await idOf('department', '机械工程学院');
      const [one, other] = [await below(parent, '甲室'), await below(parent, '乙室')];
      const answers = await Promise.all([moved(one, other), moved(other, one)]);
      expect(answers.map(({ status }) => status).toSorted()).toEqual([303, 422]);
      await system.owner('department').where({ id: one }).update({ parent_id: other });
      await system.owner('department').where({ id: other }).update({ parent_id: one });
      const list = await page(`${top}/departments`);
      for (const id of [one, other]) expect(list(`a[href="${top}/departments/${id}"]`)).toHaveLength(1);
      await system.owner('department').whereIn('id', [one, other]).update({ parent_id: parent });
    });
  });

  test('a reason is for one department or for all', async () => {
    const department_id = await idOf('department', '后勤管理处');
    const form = sent(await page(`${top}/reasons/new`));
    const body = { ...form, name_zh: '消防检查', name_en: 'Fire inspection', department_id };
    await admin
      .post(`${top}/reasons`)
      .type('form')
      .send({ ...body, name_en: '' })
      .expect(422);
    await admin.post(`${top}/reasons`).type('form').send(body).expect(303);
    const list = await page(`${top}/reasons`);
    expect(list('tbody').text()).toMatch(/消防检查\s+后勤管理处/);
  });

  test('a closed day needs a reason in both languages, and can be opened again', async () => {
    const day = { campus, day: '2027-01-01', reason_zh: '元旦', reason_en: 'New Year' };
    const close = (changed: object) =>
      admin
        .post(`${top}/closed-days`)
        .type('form')
        .send({ ...day, ...changed });
    for (const wrong of [{ reason_en: '' }, { day: '2027-02-30' }, { day: '2020-01-01' }, { campus: '' }]) {
      const $ = load((await close(wrong).expect(422)).text);
      expect($('[aria-invalid=true]').attr('name')).toBe(Object.keys(wrong)[0]);
    }
    await close({}).expect(303);
    await close({}).expect(303);
    await close({ reason_zh: '考试' }).expect(422);
    expect((await page(`${top}/closed-days`))('.items').text()).toMatch(/2027-01-01.*校本部 · 元旦/s);
    await admin.post(`${top}/closed-days/${campus}/2027-01-01/removal`).expect(303);
    expect((await page(`${top}/closed-days`))('.items').text()).not.toContain('2027-01-01');
    expect(await changes(`${campus}/2027-01-01`)).toHaveLength(2);
    expect(await system.owner('content_revision').where({ kind: 'closed_day' })).toHaveLength(1);
  });
});

describe('the working calendar', () => {
  const calendar = `${top}/calendar`;
  const send = (path: string, body: object) => admin.post(path).type('form').send(body);
  const line = async (day: string, language = 'zh-CN') =>
    (await page(`${calendar}?lang=${language}`))(`.item:contains(${day})`).text().replace(/\s+/g, ' ');

  test('has the public holidays and the days that are worked for them', async () => {
    expect(await line('2026-10-01', 'en')).toContain('Holiday · National Day');
    expect(await line('2026-10-10', 'en')).toContain('Worked · Worked for National Day');
    expect(await line('2027-01-01')).toContain('放假 · 元旦');
    expect(await line('2027-01-02')).toBe('');
  });

  test('takes what is announced later; what cannot be is shown again as typed', async () => {
    const day = { day: '2027-01-02', works: 'holiday', name_zh: '元旦', name_en: 'New Year' };
    const wrongs = [
      { name_en: '' },
      { day: '2027-02-30' },
      { day: '' },
      { works: 'maybe' },
      // The list would not show the first, and nobody would look for the second.
      { day: `${Number(dayOf(Date.now()).slice(0, 4)) - 1}-12-31` },
      { day: '9999-12-31' },
    ];
    for (const wrong of wrongs) {
      const $ = load((await send(calendar, { ...day, ...wrong }).expect(422)).text);
      expect($('[aria-invalid=true]').attr('name')).toBe(Object.keys(wrong)[0]);
      expect($('[name=name_zh]').val()).toBe('元旦');
    }
    expect(await system.owner('calendar_day').where('day', '>', '2100-01-01')).toEqual([]);
    await send(calendar, day).expect(303);
    await send(calendar, day).expect(303);
    const known = load((await send(calendar, { ...day, works: 'worked' }).expect(422)).text);
    expect(known('#field-day-error').text()).toContain('日历里已有这一天');
    expect(await line('2027-01-02')).toContain('放假 · 元旦');
    expect(await changes('2027-01-02')).toHaveLength(1);
  });

  test('is edited and cleared day by day, and what stood there stays readable', async () => {
    const at = `${calendar}/2027-01-02`;
    const edit = { version: '1', works: 'worked', name_zh: '元旦调休上班', name_en: 'Worked for New Year' };
    const refused = load((await send(`${at}/edits`, { ...edit, name_zh: '' }).expect(422)).text);
    expect(refused('[name=name_en]').val()).toBe('Worked for New Year');
    await send(`${at}/edits`, edit).expect(303);
    expect(await line('2027-01-02')).toContain('上班 · 元旦调休上班');
    // The same page once more: it departs from a version that is over.
    const stale = load((await send(`${at}/edits`, { ...edit, works: 'holiday' }).expect(409)).text);
    expect(stale('.notice, .card').text()).toContain('内容已被他人修改');
    expect(stale('[name=version]').val()).toBe('2');
    await send(`${at}/removal`, {}).expect(303);
    await send(`${at}/removal`, {}).expect(303);
    expect(await line('2027-01-02')).toBe('');
    await admin.get(at).expect(404);
    await admin.get(`${calendar}/2027-02-30`).expect(404);
    expect(
      await system.owner('content_revision').where({ kind: 'calendar_day' }).orderBy('version').pluck('body'),
    ).toEqual([
      { works: false, name_zh: '元旦', name_en: 'New Year' },
      { works: true, name_zh: '元旦调休上班', name_en: 'Worked for New Year' },
    ]);
  });

  test('has office hours and the time from rung to rung', async () => {
    const at = `${top}/office-hours`;
    expect(sent(await page(at))).toMatchObject({ opens_at: '08:30', closes_at: '17:30', remind_after: '240' });
    for (const [wrong, name] of [
      [{ opens_at: '' }, 'opens_at'],
      [{ opens_at: '18:00' }, 'closes_at'],
      [{ head_after: '0' }, 'head_after'],
      [{ security_after: '' }, 'security_after'],
    ] as const) {
      const $ = load((await edit(at, wrong).then((answer) => answer)).text);
      expect($('[aria-invalid=true]').attr('name')).toBe(name);
    }
    expect((await edit(at, { opens_at: '09:00', head_after: '60' })).status).toBe(303);
    expect(await system.owner('office_hours').first()).toMatchObject({
      opens_at: '09:00:00',
      head_after: '60',
      version: 2,
    });
    expect((await edit(at, {})).status).toBe(303);
    expect(await system.owner('office_hours').first()).toMatchObject({ version: 2 });
  });
});

describe.each([
  ['a notice', (): string => `${top}/notices/visiting`, '/notice', 'notice'],
  ['a guide', (): string => `${top}/guides/${campus}/dining`, '/guide/dining', 'guide'],
] as const)('%s', (_, where, visitors, table) => {
  const body_zh = `## 新的要求\n\n- 第一条\n- **第二条**\n\n<script>alert(1)</script>\n\n[坏](javascript:alert(1)) ![图](http://e.com/x.png)`;
  const article = ($: Page, language = 'zh-CN') => {
    const shown = $(`article[lang=${language}]`).clone();
    // Within an admin's page its title stands one level lower.
    const title = shown.children('h1, h2').first();
    title.replaceWith(`<h1>${title.text()}</h1>`);
    return shown.html()?.replace(/\s+/g, ' ');
  };

  test('is previewed exactly as it is then published, and the former version stays readable', async () => {
    const at = where();
    const start = sent(await page(at));
    const typed = { ...start, title_zh: '新的标题', body_zh };
    const count = async () => Number((await system.owner(table).count())[0]?.count);
    const rows = await count();
    const previewed = load((await admin.post(`${at}/preview`).type('form').send(typed).expect(200)).text);
    expect(await count()).toBe(rows);
    expect(sent(previewed)).toEqual(typed);
    expect(previewed('article script, article img, article a[href^=javascript]')).toHaveLength(0);

    await admin.post(`${at}/versions`).type('form').send(typed).expect(303);
    for (const language of ['zh-CN', 'en']) {
      const now = await public_(`${visitors}?lang=${language}`);
      const drawn = now(table === 'guide' ? '.guide__text' : 'article')
        .html()
        ?.replace(/\s+/g, ' ')
        .trim();
      expect(drawn).toMatch(language === 'en' ? /<li>/ : /<h2>新的要求/);
      expect(article(previewed, language)).toContain(drawn);
    }
    // The same form twice is one version.
    await admin.post(`${at}/versions`).type('form').send(typed).expect(303);
    expect(await count()).toBe(rows + 1);
    const first = await page(`${at}/versions/1`);
    expect(first('article[lang=zh-CN]').children().first().text()).toBe(start.title_zh);
    const [published] = await system.owner(table).where({ title_zh: '新的标题' });
    expect(published.text_hash).toHaveLength(32);
    expect(await changes(published.id)).toEqual([{ kind: table, version: 2 }]);
  });

  test('is shown beside what was typed when somebody else published it meanwhile', async () => {
    const at = where();
    const old = sent(await page(at));
    await admin
      .post(`${at}/versions`)
      .type('form')
      .send({ ...old, title_en: 'Theirs' })
      .expect(303);
    const refused = await admin
      .post(`${at}/versions`)
      .type('form')
      .send({ ...old, title_en: 'Mine' })
      .expect(409);
    const $ = load(refused.text);
    expect($('[role=alert]').text()).toMatch(/Theirs\s*Mine/);
    expect(sent($).title_en).toBe('Mine');
    await admin.post(`${at}/versions`).type('form').send(sent($)).expect(303);
    expect(sent(await page(at)).title_en).toBe('Mine');
  });

  test.each([
    ['title_en', ''],
    ['body_en', ' \n '],
    ['title_zh', '长'.repeat(61)],
    ['body_zh', '字'.repeat(20_001)],
    ['body_zh', '看不见\u0007的字'],
  ])('with a wrong %s is neither previewed nor published', async (name, value) => {
    const at = where();
    const typed = { ...sent(await page(at)), [name]: value };
    for (const act of ['preview', 'versions']) {
      const $ = load((await admin.post(`${at}/${act}`).type('form').send(typed).expect(422)).text);
      expect($(`[name=${name}]`).attr('aria-invalid')).toBe('true');
      expect($('article')).toHaveLength(0);
    }
  });
});

test('publishing a notice on personal information is warned of: everybody agrees again', async () => {
  expect((await page(`${top}/notices/filling`))('.notice--wait').text()).toContain('重新阅读并同意');
  expect((await page(`${top}/notices/privacy`))('.notice--wait')).toHaveLength(0);
});

test('the audit names what was changed and read, in both languages; an action that is none is said at its field', async () => {
  const department = await idOf('department', '后勤管理处');
  await edit(`${top}/departments/${department}`, { building_zh: '后勤楼', building_en: 'Logistics' });
  await admin.get('/admin/faults').expect(200);
  const log = '/admin/audit';
  const subjects = async (query: string) => {
    const $ = await page(`${log}?${query}`);
    return $('tbody td:last-child').map((_, cell) => $(cell).text().replace(/\s+/g, ' ').trim());
  };
  for (const [language, words] of [
    ['zh-CN', ['部门 后勤管理处', '列表 运行状况', '账号 陈静']],
    ['en', ['Department Logistics office', 'List Operation', 'Account 陈静']],
  ] as const) {
    const shown = (await subjects(`lang=${language}`)).get();
    expect(shown).toEqual(expect.arrayContaining([...words]));
    expect(shown.filter((text) => language === 'zh-CN' && /faults|reservations|audit|content/.test(text))).toEqual([]);
  }
  await page(`${log}?lang=zh-CN`);
  const rows = await subjects('action=faults_viewed');
  expect(new Set(rows)).toEqual(new Set(['列表 运行状况']));
  const views = () => system.owner('audit').where({ action: 'audit_viewed' }).count('id as count').first();
  const before = await views();
  const unknown = load((await admin.get(`${log}?action=nothing`).expect(422)).text);
  expect(unknown('#field-action-error').text()).toContain('没有这种操作');
  expect(unknown('tbody tr, .state')).toHaveLength(0);
  expect(await views(), 'nothing was read').toEqual(before);
  expect((await subjects('action=')).length, 'no choice is every action').toBeGreaterThan(5);
});
