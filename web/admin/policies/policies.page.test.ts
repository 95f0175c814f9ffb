import { load } from 'cheerio';
import supertest from 'supertest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aPolicy, someStaff } from '../../../testing/policies.ts';
import { staffBrowser } from '../../../testing/staff-browser.ts';
import { type System, startSystem } from '../../../testing/system.ts';

/** An admin says who approves: in steps, drawn, tried and published in versions. Everything works without scripts. */

type Agent = Awaited<ReturnType<typeof staffBrowser>>;
let system: System;
let admin: Agent;
let approver: Agent;
let department: string;
const top = '/admin/policies';
beforeAll(async () => {
  system = await startSystem({ start: ['web'] });
  [admin, approver] = await Promise.all([staffBrowser(system.web, 'admin'), staffBrowser(system.web, 'approver')]);
  const staff = await system.owner('staff').where({ username: 'approver' }).first('id');
  department = (await system.owner('staff_role').where({ staff_id: staff.id, role: 'approver' }).first()).department_id;
});
afterAll(() => system?.stop());

type Page = ReturnType<typeof load>;
const page = async (path: string, agent: Pick<Agent, 'get'> = admin) => load((await agent.get(path).expect(200)).text);
/** Everything the page's form would send as it stands, also what is chosen within a group. */
function sent($: Page): Record<string, string> {
  const form = $('main form[action$="/preview"]');
  const values = Object.fromEntries(form.serializeArray().map(({ name, value }) => [name, value]));
  form.find('select').each((_, select) => {
    values[select.attribs.name ?? ''] = $(select).find('option[selected]').attr('value') ?? '';
  });
  return values;
}
const send = async (path: string, body: Record<string, string>, status: number): Promise<Page> =>
  load(
    (
      await admin
        .post(top + path)
        .type('form')
        .send(body)
        .expect(status)
    ).text,
  );
const drawn = ($: Page) => $('section .policy-steps__step').first();
const versions = (of: string | null) =>
  system
    .owner('approval_policy_version as v')
    .join('approval_policy as p', 'p.id', 'v.policy_id')
    .where({ 'p.department_id': of })
    .orderBy('v.version')
    .pluck('v.document');

test('an approver gets 404 for all of it, a stranger the login', async () => {
  const { id } = await system.owner('approval_policy').where({ department_id: null }).first('id');
  for (const path of ['', '/new', `/${id}`, `/${id}/versions/1`]) {
    await approver.get(top + path).expect(404);
    await supertest(system.web)
      .get(top + path)
      .expect(303);
  }
  for (const path of ['preview', 'versions', 'removal'])
    await approver.post(`${top}/${id}/${path}`).type('form').send({ version: '1' }).expect(404);
  expect((await page(top))('main').text()).toContain('全校');
  expect((await page(`${top}/${id}/versions/1`))('.policy-steps').text()).toContain('审批人');
});

test('steps are added, moved and removed, and what was typed stays; what is wrong is said at its field', async () => {
  const blank = sent(await page(`${top}/new?department=${department}`));
  expect(blank).toMatchObject({ department, steps: '1', step_0_signer_0: 'role:approver' });
  const first = { ...blank, step_0_signer_0: 'role:head' };
  const two = sent(await send('/new/preview', { ...first, act: 'add' }, 200));
  expect(two).toMatchObject({ steps: '2', step_0_signer_0: 'role:head', step_1_signer_0: '' });
  const typed = { ...two, step_1_signer_0: 'host', step_1_night: 'on', step_1_party: 'viele', step_1_need: '3' };
  const wrong = await send('/new/preview', { ...typed, act: 'draw' }, 422);
  expect(wrong('#field-step_1_match-error').text()).toContain('全部满足还是任一满足');
  expect(wrong('#field-step_1_party-error').text()).toContain('整数');
  expect(wrong('#field-step_1_need-error').text()).toContain('多于审批人');
  expect(wrong('details[open] [name=step_1_party]').attr('value')).toBe('viele');
  expect(sent(wrong)).toMatchObject({ step_1_party: 'viele', step_1_night: 'on', step_0_signer_0: 'role:head' });
  const moved = sent(await send('/new/preview', { ...typed, act: 'up:1' }, 200));
  expect(moved).toMatchObject({ step_0_signer_0: 'host', step_0_night: 'on', step_1_signer_0: 'role:head' });
  const one = sent(await send('/new/preview', { ...moved, act: 'remove:1' }, 200));
  expect(one).toMatchObject({ steps: '1', step_0_signer_0: 'host' });
  const always = { ...one, step_0_party: '', step_0_match: 'any', step_0_need: '1' };
  const nobody = await send('/new/versions', always, 422);
  expect(nobody('#field-step_0_match-error').text()).toContain('至少要有一个步骤总是需要');
  expect(await versions(department)).toEqual([]);
});

test('a sample says who would have to decide, and until when', async () => {
  const guard = await system.owner('staff').where({ username: 'approver' }).first('name');
  const form = {
    ...sent(await page(`${top}/new?department=${department}`)),
    steps: '2',
    step_0_within: '3',
    step_0_late: 'lapse',
    step_1_signer_0: 'role:approver',
    step_1_signer_1: 'role:head',
    step_1_need: 'all',
    step_1_match: 'any',
    step_1_vehicle: 'on',
  };
  const simple = await send('/new/preview', { ...form, act: 'try' }, 200);
  expect(drawn(simple).text()).toContain('3 小时内未审批则失效');
  expect(simple('#tried li')).toHaveLength(1);
  expect(simple('#tried').text()).toContain(guard.name);
  expect(simple('#tried').text()).toMatch(/最迟 \d{4}-\d\d-\d\d \d\d:\d\d，否则失效/);
  const vehicle = await send('/new/preview', { ...form, sample_vehicle: 'on', act: 'try' }, 200);
  expect(vehicle('#tried li')).toHaveLength(2);
  expect(simple('#tried li').text()).toContain(`第 1 步：${guard.name}`);
  const named = { ...form, step_0_signer_0: 'host', sample_host: '查无此人', act: 'try' };
  const unknown = await send('/new/preview', named, 200);
  expect(unknown('#tried').text()).toContain('没有找到这位被访人，由部门负责人审批');
  const known = await send('/new/preview', { ...named, sample_host: guard.name }, 200);
  expect(known('#tried').text()).toContain(`第 1 步：${guard.name}`);
  expect(known('#tried').text()).not.toContain('没有找到');
  const other = await system
    .owner('department')
    .whereNot({ id: department })
    .where({ receives: true })
    .whereRaw('parent_id is distinct from ?', [department])
    .first();
  const outside = await send('/new/preview', { ...form, sample_department: other.id, act: 'try' }, 200);
  expect(outside('#tried').text()).toContain(
    `此规则不适用于${other.name_zh}（个人访客），该部门按“全校 · 个人访客和因公访客”的规则审批。`,
  );
  expect(outside('#tried li')).toHaveLength(0);
  const nowhere = await send('/new/preview', { ...form, sample_department: '', sample_hours: '900', act: 'try' }, 422);
  expect(nowhere('#field-sample_department-error, #field-sample_hours-error')).toHaveLength(2);
});

test('publishing makes the next version, once; a page that is out of date publishes nothing', async () => {
  const form = { ...sent(await page(`${top}/new?department=${department}`)), step_0_signer_1: 'role:head' };
  for (const time of ['first', 'second']) expect(await saved('/new/versions', form), time).toBe('已发布');
  const { id } = await system.owner('approval_policy').where({ department_id: department }).first('id');
  const signers = [{ role: 'approver' }, { role: 'head' }];
  expect(await versions(department)).toEqual([{ steps: [{ signers, need: 1 }], once: true }]);
  expect(await system.owner('audit').where({ action: 'policy_published', subject_id: id }).pluck('detail')).toEqual([
    { version: 1 },
  ]);
  const stale = sent(await page(`${top}/${id}`));
  await send(`/${id}/versions`, { ...stale, step_0_need: 'all' }, 303);
  const refused = await send(`/${id}/versions`, { ...stale, step_0_signer_2: 'role:security' }, 409);
  expect(refused('[role=alert]').text()).toContain('更新的版本');
  expect(sent(refused)).toMatchObject({ step_0_signer_2: 'role:security', version: '2' });
  expect((await page(`${top}/${id}`))('#versions').parent().find('li')).toHaveLength(2);
  const changed = sent(await page(`${top}/${id}`));
  expect(await saved(`/${id}/versions`, changed)).toContain('规则没有变化');
  expect(await versions(department)).toHaveLength(2);
  await expectTaken({ ...form, step_0_signer_2: 'host' }, id);
  expect(await saved(`/${id}/removal`, { version: '2' })).toContain('已停用，改按上级或全校规则');
  expect((await page(top))(`#policy-${id} .badge`).text()).toBe('已停用');
  expect((await versions(department)).at(-1)).toBeNull();
  const stopped = await page(`${top}/${id}`);
  expect(stopped('h1 .badge').text()).toBe('已停用');
  expect(stopped('#versions').parent().text()).toContain('不再单独规定');
});

test('a scope that has a policy leads there, with everything that was typed', async () => {
  const { id } = await system.owner('approval_policy').where({ department_id: null, channel: null }).first('id');
  const before = await versions(null);
  await expectTaken({ ...sent(await page(`${top}/new`)), step_0_signer_0: 'role:security' }, id);
  expect(await versions(null)).toEqual(before);
});

/** What the list says after a form. */
async function saved(path: string, body: Record<string, string>): Promise<string> {
  const { headers } = await admin
    .post(top + path)
    .type('form')
    .send(body)
    .expect(303);
  return (await page(String(headers.location)))('.notice[role=status]').text();
}

/** A new policy for visits that have one: said at the field, again and again, and what was typed can go on there. */
async function expectTaken(form: Record<string, string>, standing: string): Promise<void> {
  for (const time of ['first', 'second']) {
    const $ = await send('/new/versions', form, 422);
    expect($('#field-department-error').text(), time).toContain('该范围已有规则');
    expect($(`a[href="${top}/${standing}"]`).text()).toBe('修改该规则');
    expect(sent($)).toEqual({ ...form, version: '0' });
    const bring = $('button:contains(将已填内容带到该规则)').attr('formaction') ?? '';
    const there = sent(await send(bring.slice(top.length), { ...sent($), act: 'draw' }, 200));
    const typed = Object.entries(sent($)).filter(([name]) => /^(step|sample)_|^(steps|once)$/.test(name));
    expect(typed.length).toBeGreaterThan(10);
    expect(there).toMatchObject(Object.fromEntries(typed));
    expect(Number(there.version)).toBeGreaterThan(Number(form.version));
  }
}

test('it reads in English as well', async () => {
  await aPolicy(
    system.db,
    {
      steps: [
        { signers: [{ role: 'approver' }], need: 1 },
        {
          signers: [{ role: 'head' }, { role: 'security' }],
          need: 1,
          when: { match: 'any', partyFrom: 10, times: ['night'] },
          within: 120,
          late: 'climb',
        },
      ],
      once: true,
    },
    { department: null, channel: 'official' },
  );
  const official = { department_id: null, channel: 'official' };
  const { id } = await system.owner('approval_policy').where(official).first('id');
  const english = load((await admin.get(`${top}/${id}`).set('Accept-Language', 'en').expect(200)).text);
  const text = english('.policy-steps').text().replace(/\s+/g, ' ');
  expect(text).toContain('Head or Security');
  expect(text).toContain('Only for: 10 people or more or night (22:00–06:00)');
  expect(text).toContain('after 2 hours deputy and head may sign as well');
});

test('nobody is named who could never sign, and a policy that names somebody who cannot any more says so', async () => {
  const named = await someStaff(system.owner, '章可签', ['approver', department]);
  const auditor = await someStaff(system.owner, '沈只看', ['auditor', null]);
  const form = { ...sent(await page(`${top}/new?department=${department}`)), channel: 'official' };
  const choices = await page(`${top}/new?department=${department}`);
  expect(choices(`option[value="person:${named}"]`).length).toBeGreaterThan(0);
  expect(choices(`option[value="person:${auditor}"]`)).toHaveLength(0);
  const refused = await send('/new/versions', { ...form, step_0_signer_0: `person:${auditor}` }, 422);
  expect(refused('#field-step_0_signer_0-error').text()).toBe('此人已离职或只是审计员，不能审批；请另选一位');
  expect(sent(refused).step_0_signer_0, 'what was chosen stays').toBe(`person:${auditor}`);
  await send('/new/versions', { ...form, step_0_signer_0: `person:${named}` }, 303);
  const { id } = await system
    .owner('approval_policy')
    .where({ department_id: department, channel: 'official' })
    .first();
  expect((await page(`${top}/${id}`))('[role=alert], .policy-steps .badge')).toHaveLength(0);
  await system.owner('staff_role').where({ staff_id: named }).update({ role: 'auditor', department_id: null });
  const stands = await page(`${top}/${id}`);
  expect(stands('#field-step_0_signer_0-error').text()).toContain('不能审批');
  expect(drawn(stands).text()).toContain('章可签 已不能审批');
  expect(drawn(await page(`${top}/${id}/versions/1`)).text()).toContain('已不能审批');
  expect((await page(top))(`#policy-${id}`).parent().text()).toContain('已不能审批');
});
