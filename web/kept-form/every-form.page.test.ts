import { type CheerioAPI, load } from 'cheerio';
import supertest from 'supertest';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { aDocument, aWaitingVisit } from '../../testing/bad-input/ground.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { type System, staffLogins, startSystem } from '../../testing/system.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';

/** Every form on these pages is filled, sent without its session, and looked at again after a new login. */

let system: System;
let lead: VisitorBrowser;
let task: string;
const own: Record<string, string> = {};
const admin = '/admin/content';

beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
  lead = await new VisitorBrowser(system).settle();
  own.declared = await companion({ name: '王芳', document_number: aDocument() });
  own.child = await companion({ name: '小明', document_number: aDocument('20200101') });
  await lead.post('/companions/invitations', { name: '李思远', phone: '13677778888', party: '' }).expect(303);
  own.invited = await newestCompanion();
  const claim = { old_phone: '13688880000', name: '欧阳小满', document_number: lead.person.document_number };
  await lead.post('/account/recovery', claim).expect(303);
  own.campus = (await system.owner('campus').first('id')).id;
  ({ task } = await aWaitingVisit(system, lead));
  await system.owner('staff').update({ may_unmask: true });
});
afterAll(() => system?.stop());
beforeEach(async () => {
  await system.owner('attempt').delete();
  await system.owner('kept_form').delete();
});

async function newestCompanion(): Promise<string> {
  return (await system.owner('companion').orderBy('id', 'desc').first('id')).id;
}

async function companion(person: Record<string, string>): Promise<string> {
  const declared = (await lead.page('/companions/new'))('[name=declared]').attr('value') ?? '';
  const rest = { phone: '', document_type: 'resident_id', unit: '', declared };
  await lead.post('/companions', { ...rest, ...person }).expect(303);
  return newestCompanion();
}

type Agent = VisitorBrowser['agent'];
type Values = Record<string, string>;
const isTick = (type: string | undefined) => type === 'checkbox' || type === 'radio';
/** Nobody's words: proofs of one moment, agreements, and what the form says about itself. */
const apart = ['code', 'new_code', 'challenge', 'agree', 'declared', 'form_owner', 'form_path', 'form_action', 'shown'];

/** The forms of a page that are kept, by where they are sent; several of one kind are told apart by number. */
const formsOf = ($: CheerioAPI) => $('form').filter((_, form) => $(form).find('[name=form_path]').length > 0);

/** Something else in every control than the page drew. */
function fill($: CheerioAPI, nth: number): { action: string; sent: Values; typed: Values } {
  const form = formsOf($).eq(nth);
  const typed: Values = {};
  form.find('input, textarea, select').each((at, control) => {
    const { name = '', type, value = '' } = control.attribs;
    if (name === '' || apart.includes(name) || type === 'hidden' || type === 'password') return;
    if (isTick(type)) {
      // Ticked where it was not, and the other way round.
      if ('checked' in control.attribs === false) typed[name] = value;
      else typed[name] ??= '';
    } else if (control.tagName === 'select') {
      typed[name] = $(control).find('option:not([disabled]):not([selected])').last().attr('value') ?? '';
    } else if (type === 'datetime-local') typed[name] = `2027-03-0${(at % 9) + 1}T08:00`;
    else typed[name] = /phone/.test(name) ? '137 1234 5678' : `写到一半 "${at}" <b>&amp;</b>`;
  });
  // What another kind of document asks for is drawn by that kind.
  if ('document_type' in typed) Object.assign(typed, { document_type: 'resident_id' });
  const hidden = Object.fromEntries(form.serializeArray().map(({ name, value }) => [name, value]));
  return { action: form.attr('action') ?? '', sent: { ...hidden, ...typed, code: '246810' }, typed };
}

/** What a form shows now, by name. */
function shown($: CheerioAPI, nth: number): Values {
  const values: Values = {};
  formsOf($)
    .eq(nth)
    .find('input, textarea, select')
    .each((_, control) => {
      const { name = '', type, value = '' } = control.attribs;
      if (isTick(type)) values[name] = 'checked' in control.attribs ? value : (values[name] ?? '');
      else if (control.tagName === 'select') values[name] = $(control).find('option[selected]').attr('value') ?? '';
      else values[name] = control.tagName === 'textarea' ? $(control).text().replace(/^\n/, '') : value;
    });
  return values;
}

/** Sends each form of a page late. @param signIn in the same browser @returns how many forms there were */
async function eachForm(
  agent: Agent,
  path: string,
  end: () => Promise<unknown>,
  signIn: (at: string) => Promise<string>,
) {
  const page = async () => load((await agent.get(path).expect(200)).text);
  const count = formsOf(await page()).length;
  for (let nth = 0; nth < count; nth += 1) {
    const { action, sent, typed } = fill(await page(), nth);
    await end();
    const late = await agent.post(action).type('form').send(sent).expect(303);
    expect(await signIn(String(late.headers.location)), action).toBe(path);
    const again = await page();
    const values = shown(again, nth);
    expect(Object.fromEntries(Object.keys(typed).map((name) => [name, values[name]])), action).toEqual(typed);
    expect(again('[role=status]').text(), action).toContain('您填写的内容都已保留');
    expect(formsOf(again).eq(nth).closest('details:not([open])')).toHaveLength(0);
    expect(again.html()).not.toContain('246810');
    expect(await system.db('kept_form')).toEqual([]);
    expect((await page())('body').text(), 'it is given back once').not.toContain('您填写的内容都已保留');
  }
  return count;
}

async function visitorSignsIn(browser: VisitorBrowser, target: string, phone = browser.phone): Promise<string> {
  await system.owner('attempt').delete();
  const page = await browser.page(target);
  const code = await browser.askForCode(phone);
  const agree = page('[name=agree]').attr('value') ?? '';
  const onward = page('form[action="/register"] [name=return]').attr('value') ?? '';
  return String((await browser.post('/register', { phone, code, agree, return: onward }).expect(303)).headers.location);
}

describe('a visitor whose session ended finds what they typed', () => {
  const pages: [string, () => string, forms?: number][] = [
    ['本人信息', () => '/profile'],
    ['车牌', () => '/profile/plates'],
    ['同行人员', () => '/companions/new'],
    ['同行人员, corrected', () => `/companions/${own.declared}`, 2],
    ['邀请', () => '/companions/invitations/new'],
    ['邀请, corrected', () => `/companions/${own.invited}/invitation`, 2],
    ['监护人', () => `/guardians/new?for=${own.child}`],
    ['同行人员, searched', () => '/companions'],
    ['找回账号', () => '/account/recovery'],
    ['换手机号', () => '/account/phone'],
  ];
  test.each(pages)('%s', async (_, path, forms = 1) => {
    const end = () => system.owner('visitor_session').delete();
    expect(await eachForm(lead.agent, path(), end, (at) => visitorSignsIn(lead, at))).toBe(forms);
  });
});

async function staffSignsIn(agent: Agent, target: string, who: keyof typeof staffLogins): Promise<string> {
  const $ = load((await agent.get(target).expect(200)).text);
  const login = { ...staffLogins[who], return: $('form[action="/staff/login"] [name=return]').attr('value') ?? '' };
  return String((await agent.post('/staff/login').type('form').send(login).expect(303)).headers.location);
}

describe('so do an approver and an admin:', () => {
  const end = () => system.owner('staff_session').delete();

  test('意见, 退回, 建议时间, 加签, 转交, 不归我审批, 沟通 and the reason of 查看完整证件号', async () => {
    const agent = (await staffBrowser(system.web, 'approver')) as Agent;
    expect(await eachForm(agent, `/inbox/${task}`, end, (at) => staffSignsIn(agent, at, 'approver'))).toBe(8);
  });

  const pages = [
    '/admin/recoveries',
    '/admin/staff',
    '/admin/staff/new',
    '/admin/policies/new',
    `${admin}/university`,
    `${admin}/closed-days`,
    `${admin}/calendar`,
    `${admin}/calendar/2027-01-01`,
    `${admin}/office-hours`,
    `${admin}/notices/filling`,
    `${admin}/guides/:campus/dining`,
    `${admin}/campuses/new`,
    `${admin}/departments/new?campus=:campus`,
    `${admin}/reasons/new`,
    '/admin/reservations',
  ];
  test.each(pages)('%s', async (page) => {
    const path = page.replace(':campus', own.campus ?? '');
    const agent = (await staffBrowser(system.web, 'admin')) as Agent;
    expect(await eachForm(agent, path, end, (at) => staffSignsIn(agent, at, 'admin'))).toBe(1);
  });

  test('a notice as long as notices may be', async () => {
    const agent = (await staffBrowser(system.web, 'admin')) as Agent;
    const path = `${admin}/notices/filling`;
    const { action, sent } = fill(load((await agent.get(path)).text), 0);
    const long = '为办理入校预约，学校收集您的姓名、证件号码和联系电话。'.repeat(700);
    await end();
    const late = await agent
      .post(action)
      .type('form')
      .send({ ...sent, body_zh: long })
      .expect(303);
    await staffSignsIn(agent, String(late.headers.location), 'admin');
    expect(
      load((await agent.get(path)).text)('[name=body_zh]')
        .text()
        .trim(),
    ).toBe(long);
  });
});

test('nobody else who signs in on that browser sees it, visitor or staff', async () => {
  const other = await new VisitorBrowser(system).settle();
  const { action, sent } = fill(await lead.page('/account/recovery'), 0);
  await system.owner('visitor_session').delete();
  const late = await lead.post(action, sent).expect(303);
  await visitorSignsIn(lead, String(late.headers.location), other.phone);
  expect((await lead.page('/account/recovery')).html()).not.toContain('写到一半');

  const agent = (await staffBrowser(system.web, 'approver')) as Agent;
  const path = '/admin/reservations';
  const admins = (await staffBrowser(system.web, 'admin')) as Agent;
  const search = fill(load((await admins.get(path)).text), 0);
  const refused = await supertest
    .agent(system.web)
    .set({ Origin: system.web })
    .post(search.action)
    .type('form')
    .send(search.sent);
  expect(refused.headers.location).toBe(`/staff/login?return=${encodeURIComponent(path)}`);
  expect((await agent.get(path)).text).not.toContain('写到一半');
  // Not even an approver's own page: it was typed by the admin.
  const onTask = fill(load((await agent.get(`/inbox/${task}`)).text), 0);
  await system.owner('staff_session').delete();
  const lost = await agent.post(onTask.action).type('form').send(onTask.sent).expect(303);
  await staffSignsIn(agent, String(lost.headers.location), 'admin');
  expect((await agent.get(`/inbox/${task}`)).text).not.toContain('写到一半');
  // It waits for the person who typed it.
  expect(await system.db('kept_form').where({ path: `/inbox/${task}` })).toHaveLength(1);
});

test('a file cannot be kept: the page says so after the login', async () => {
  await system.owner('visitor_session').delete();
  const late = await lead.agent
    .post('/profile/photos/document')
    .attach('photo', Buffer.from('x'), 'photo.jpg')
    .expect(303);
  const path = await visitorSignsIn(lead, String(late.headers.location));
  expect((await lead.page(path))('[role=status]').text()).toContain('请重新选择文件');
});
