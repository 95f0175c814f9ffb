import { load } from 'cheerio';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { askOffice } from '../../store/elsewhere/data-request.ts';
import { aDeclaredCompanion } from '../../testing/companions.ts';
import { aWaitingTask, comesAlong } from '../../testing/reservations.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { aSubmittedPerson } from '../../testing/submitted.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { codesSent, newestCode, VisitorBrowser } from '../../testing/visitor-browser.ts';

/** Somebody whom another visitor brought along, in a browser without an account and without scripts. */

let system: System;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'web'] });
});
afterAll(() => system?.stop());

const her = { name: '上官奶奶', phone: '13750000001', document: 'E61234567' };
const path = '/held-by-others';
const aDayLater = () => system.owner('attempt').delete();

let leads = 13_751_001_000;
async function held(of: Partial<typeof her> = {}) {
  const who = { ...her, ...of };
  const phone = String(++leads);
  const visit = await aWaitingTask(system, {
    who: { name: '带队的人', phone, document: 'E41234567', plate: null },
  });
  const { visitor: lead } = visit;
  const declared = { document: who.document };
  return {
    visit,
    lead,
    companion: await aDeclaredCompanion(system, lead, { name: who.name, phone: who.phone, declared }),
  };
}
const wordsOf = (html: string) => load(html)('main').text().replace(/\s+/g, ' ');
async function proved(browser: VisitorBrowser): Promise<void> {
  await aDayLater();
  await browser.post(`${path}/code`, { phone: browser.phone }).expect(200);
  const code = await newestCode(system, browser.phone);
  await browser.post(path, { phone: browser.phone, code }).expect(303).expect('Location', path);
}
const acts = (action: string) => system.db('audit').where({ action });

it('answers the same for a number that is held and one that is not, until it is proved', async () => {
  await held();
  const pages = [];
  for (const phone of [her.phone, '13750000002']) {
    const browser = new VisitorBrowser(system, { phone });
    await aDayLater();
    const sent = await browser.post(`${path}/code`, { phone }).expect(200);
    const wrong = await browser.post(path, { phone, code: '000000' }).expect(422);
    pages.push(
      [sent.text, wrong.text].map((html) =>
        wordsOf(html)
          .replaceAll(phone, '')
          .replace(/请回答：[^？]*？/g, ''),
      ),
    );
    expect(await codesSent(system, phone)).toHaveLength(1);
    expect(load(wrong.text)('#field-code-error').text()).not.toBe('');
    await browser.post(path, { phone: '12', code: '' }).expect(422);
    // Nothing is opened or deleted without the proof.
    await browser.post(`${path}/deletion`, { agree: 'yes' }).expect(303).expect('Location', path);
    await browser.post(`${path}/correction`, { text: '改' }).expect(303).expect('Location', path);
  }
  expect(pages[0]).toEqual(pages[1]);
  expect(await system.db('data_request')).toEqual([]);
  expect(await acts('held_viewed')).toEqual([]);
});

it('shows what is held masked and from where, in both languages, and records that it was shown', async () => {
  for (const language of ['zh-CN', 'en']) {
    const browser = new VisitorBrowser(system, { phone: her.phone, language });
    await proved(browser);
    const words = wordsOf((await browser.agent.get(path).expect(200)).text);
    expect(words).toContain(language === 'en' ? 'Typed by another visitor' : '由其他访客于');
    expect(words).toContain('137****0001');
    for (const told of [her.name, her.phone, her.document, '带队的人']) expect(words).not.toContain(told);
  }
  const [shown] = await acts('held_viewed');
  expect(shown).toMatchObject({ actor_kind: 'anonymous', detail: { places: 1 }, address_hash: expect.any(Buffer) });
  // A code of the login opens nothing here.
  const other = new VisitorBrowser(system, { phone: her.phone });
  await aDayLater();
  await other.post(path, { phone: her.phone, code: await other.askForCode() }).expect(422);
});

it('deletes it after a tick, and the lead learns that an entry went, not whose', async () => {
  const { companion, lead } = await held({ phone: '13750000003', document: 'E61234563' });
  const browser = new VisitorBrowser(system, { phone: '13750000003' });
  await proved(browser);
  const bare = await browser.post(`${path}/deletion`).expect(422);
  expect(load(bare.text)('#field-agree-error').text()).not.toBe('');
  await browser.post(`${path}/deletion`, { agree: 'yes' }).expect(303);
  expect(await system.db('companion').where({ id: companion }).first()).toMatchObject({
    name_enc: null,
    phone_hash: null,
  });
  const page = wordsOf((await browser.agent.get(path).expect(200)).text);
  expect(page).toContain('已删除 1 项');
  expect(page).not.toContain('暂时保留');
  expect(page).toContain('没有以该号码保存的信息');
  // A second tap does nothing more.
  await browser.post(`${path}/deletion`, { agree: 'yes' }).expect(303);
  expect(await acts('held_deleted')).toHaveLength(1);
  const [act] = await acts('held_deleted');
  expect(act).toMatchObject({ actor_kind: 'anonymous', subject_kind: 'data_request' });
  const leadPhone = await system.db('visitor').where({ id: lead }).first('phone_enc');
  const phone = system.cipher.open({ table: 'visitor', column: 'phone_enc', row: lead }, leadPhone.phone_enc);
  const holder = new VisitorBrowser(system, { phone });
  await aDayLater();
  await holder.register();
  const told = (await holder.page('/companions'))('[role=status]').text();
  expect(told).toContain('1 条同行访客信息已应本人要求删除');
  expect(told).not.toContain(her.name);
});

it('says what stays for a while with its day, shows nothing older, and deletes five times an hour at most', async () => {
  const phone = '13750000006';
  const { companion, visit } = await held({ phone, document: 'E61234566' });
  const { consent_id: consent } = await system.db('companion').where({ id: companion }).first('consent_id');
  const frozen = { ordinal: 1, person: null, personVersion: null, visitor: null, consent, companion };
  await comesAlong(system, visit, aSubmittedPerson({ ...frozen, name: her.name, phone, document: 'E61234566' }));
  // What has begun lets go of nobody.
  const begun = { visit_from: new Date(0) };
  await system.owner('reservation').where({ id: visit.reservation }).update(begun);
  const other = await held({ phone, document: 'E61234567' });
  await system
    .owner('companion')
    .where({ id: other.companion })
    .update({ created_at: new Date(0) });
  const browser = new VisitorBrowser(system, { phone });
  await proved(browser);
  const first = wordsOf((await browser.agent.get(path)).text);
  expect(first).toContain('1 条较早的信息');
  const erase = () => browser.post(`${path}/deletion`, { agree: 'yes' });
  await erase().expect(303);
  const page = wordsOf((await browser.agent.get(path)).text);
  expect(page).toContain('已删除 2 项。 暂时保留的信息及日期：');
  expect(page).toMatch(/他人预约中您的信息: 1 · 来访尚未结束；\d{4}年\d+月\d+日 星期. 删除/);
  expect(page).not.toContain('较早的信息');
  for (let more = 0; more < 4; more += 1) await erase().expect(303);
  await erase().expect(429);
});

it('keeps a correction for the office, which answers it with a date', async () => {
  await held({ phone: '13750000004', document: 'E61234564' });
  const browser = new VisitorBrowser(system, { phone: '13750000004' });
  await proved(browser);
  const empty = await browser.post(`${path}/correction`, { text: '' }).expect(422);
  expect(load(empty.text)('#field-text-error').text()).not.toBe('');
  await browser.post(`${path}/correction`, { text: '姓名应为上官云' }).expect(303);
  expect(wordsOf((await browser.agent.get(path)).text)).toMatch(/已受理，编号 \w{8}/);
  const admin = await staffBrowser(system.web, 'admin');
  const $ = load((await admin.get('/admin/data-requests').expect(200)).text);
  expect($('main, .page').text()).toContain('姓名应为上官云');
  expect($('main, .page').text()).toContain('同行名单 1 条');
  const action = $('form[action$="/answer"]').attr('action') ?? '';
  const bare = load((await admin.post(action).type('form').send({ verdict: 'answered', note: '' }).expect(422)).text);
  expect(bare('.field__error').text()).toBe('请写明如何核对、如何答复');
  await admin.post(action).type('form').send({ verdict: 'answered', note: '已联系填写者更正' }).expect(303);
  await admin.post(action).type('form').send({ verdict: 'removed', note: '再次' }).expect(409);
  expect(await acts('data_request_answered')).toHaveLength(1);
});

it('takes a document to the counter only: the same answer for any number, limited by address, and no other staff sees it', async () => {
  const { companion } = await held({ phone: '13750000005', document: 'E61234565' });
  await aDayLater();
  const browser = new VisitorBrowser(system);
  const ask = (document_number: string, more = {}) =>
    browser.post(`${path}/requests`, { kind: 'deletion', name: her.name, document_number, text: '', ...more });
  const bare = load((await ask('', { kind: '', name: '' }).expect(422)).text);
  for (const field of ['kind', 'name', 'document_number']) expect(bare(`#field-${field}-error`).text()).not.toBe('');
  const answers = [];
  for (const document of ['E61234565', 'E69999999']) {
    await ask(document).expect(303);
    answers.push(wordsOf((await browser.agent.get(`${path}/requests/new`)).text).replace(/编号 \w{8}/, ''));
  }
  expect(answers[0]).toEqual(answers[1]);
  expect((await system.db('companion').where({ id: companion }).first()).name_enc).not.toBeNull();
  for (let more = 0; more < 3; more += 1) await ask('E69999998').expect(303);
  await ask('E69999998').expect(429);
  const admin = await staffBrowser(system.web, 'admin');
  const words = load((await admin.get('/admin/data-requests').expect(200)).text)('main, .page').text();
  // The office sees whom it is talking to, and looks for the number on the document itself.
  expect(words).toContain(her.name);
  expect(words).not.toContain('E61234565');
  // Twenty on a page; what is wrong with one of a later page is said beside it there.
  const asked = { kind: 'copy', phone: null, name: her.name, document: 'E69999997' } as const;
  for (let more = 0; more < 21; more += 1) await askOffice(system.db, system, { ...asked, text: `第${more}条` });
  const list = '/admin/data-requests';
  const first = load((await admin.get(list).expect(200)).text);
  expect(first('form[action$="/answer"]')).toHaveLength(20);
  const last = load((await admin.get(list + first('a[href^="?from="]').attr('href')).expect(200)).text);
  expect(last('a[href^="?from="]')).toHaveLength(0);
  expect(last(`.page a[href="${list}"]`).text()).toBe('期限最早的请求');
  const action = last('form[action$="/answer"]').last().attr('action') ?? '';
  const wrong = load((await admin.post(action).type('form').send({ verdict: 'refused', note: '' }).expect(422)).text);
  expect(wrong(`form[action="${action}"] .field__error`).text()).not.toBe('');
  const approver = await staffBrowser(system.web, 'approver');
  await approver.get('/admin/data-requests').expect(404);
});
