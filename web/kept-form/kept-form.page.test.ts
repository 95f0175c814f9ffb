import { load } from 'cheerio';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readSettings, webSchema } from '../../platform/config.ts';
import { dropWornOut } from '../../store/own-data/worn-out.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';
import { startWeb } from '../start.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
});
afterAll(() => system?.stop());
beforeEach(async () => {
  await system.owner('attempt').delete();
  await system.owner('kept_form').delete();
});

const path = '/reservations/new?channel=personal';
const kept = () => system.db('kept_form');

/** Fills the form; then the session is over. @returns what was typed, and the answer */
async function lateForm(visitor: VisitorBrowser) {
  const form = { ...(await visitor.visitForm()), note: '带三箱样品', host: '李思远', unit: '改过的单位' };
  await system.owner('visitor_session').delete();
  return { form, answer: await visitor.post('/reservations', form).expect(303) };
}

/** Signs in on the page to which a browser was led, in that same browser. @returns where it leads */
async function signIn(browser: VisitorBrowser, target: string, phone = browser.phone): Promise<string> {
  await system.owner('attempt').delete();
  const page = await browser.page(target);
  const code = await browser.askForCode(phone);
  const agree = page('[name=agree]').attr('value') ?? '';
  const onward = page('form[action="/register"] [name=return]').attr('value') ?? '';
  return String((await browser.post('/register', { phone, code, agree, return: onward }).expect(303)).headers.location);
}

test('a form’s texts are kept through the new login, and can be sent', async () => {
  const visitor = await new VisitorBrowser(system).settle();
  const { form, answer } = await lateForm(visitor);
  expect(answer.headers.location).toBe(`/register?return=${encodeURIComponent(path)}`);
  const [row] = await kept();
  expect(row.body_enc.toString('utf8')).not.toContain('带三箱样品');
  expect(await signIn(visitor, String(answer.headers.location))).toBe(path);

  const $ = await visitor.page(path);
  expect($('[role=status]').text()).toContain('您填写的内容都已保留');
  const values: Record<string, string> = Object.fromEntries(
    $('#visit-form')
      .serializeArray()
      .map(({ name, value }) => [name, value]),
  );
  for (const name of ['department', 'reason']) values[name] = $(`[name=${name}] option[selected]`).attr('value') ?? '';
  for (const name of ['note', 'host', 'unit', 'key', 'department', 'reason', 'from_day', 'from_time', 'until_time']) {
    expect(values[name], name).toBe(form[name as keyof typeof form]);
  }
  expect(await kept()).toHaveLength(0);
  await visitor.post('/reservations', values).expect(303);
  // It is given back once.
  expect((await visitor.page(path))('main').text()).not.toContain('您填写的内容都已保留');
});

test('a login that leads through 同意 comes back to the form all the same', async () => {
  const visitor = await new VisitorBrowser(system).settle();
  const { answer } = await lateForm(visitor);
  await system.owner('consent').where({ purpose: 'personal_information' }).update({ withdrawn_at: new Date() });
  expect(await signIn(visitor, String(answer.headers.location))).toBe(path);
  await visitor.agent.get(path).expect(303).expect('Location', '/consent');
  const notice = (await visitor.page('/consent'))('[name=notice]').attr('value') ?? '';
  const agreed = await visitor.post('/consent', { notice, answer: 'agree' }).expect(303);
  expect(agreed.headers.location).toBe(path);
  expect((await visitor.page(path))('[name=note]').text()).toBe('带三箱样品');
});

test('somebody else who signs in on that phone sees an empty form, and it goes on waiting', async () => {
  const visitor = await new VisitorBrowser(system).settle();
  const other = await new VisitorBrowser(system).settle();
  const { answer } = await lateForm(visitor);
  await signIn(visitor, String(answer.headers.location), other.phone);
  const html = (await visitor.page(path)).html();
  for (const words of ['带三箱样品', '李思远', '您填写的内容都已保留']) expect(html).not.toContain(words);
  expect(await kept()).toHaveLength(1);
});

test('the profile is kept too', async () => {
  const visitor = await new VisitorBrowser(system).settle();
  const page = await visitor.page('/profile');
  const owner = page('[name=form_owner]').attr('value') ?? '';
  await system.owner('visitor_session').delete();
  const typed = { ...visitor.person, unit: '新单位有限公司', form_owner: owner, form_path: '/profile' };
  const answer = await visitor.post('/profile', typed).expect(303);
  expect(await signIn(visitor, String(answer.headers.location))).toBe('/profile');
  expect((await visitor.page('/profile'))('[name=unit]').attr('value')).toBe('新单位有限公司');
});

test('a form that we did not draw, or that leads elsewhere, is not kept', async () => {
  const visitor = await new VisitorBrowser(system).settle();
  const form = await visitor.visitForm();
  const stranger = new VisitorBrowser(system);
  const other = String(form.form_owner).replace(/^.{40}/, 'A'.repeat(40));
  for (const change of [{ form_owner: other }, { form_owner: '' }, { form_path: 'https://elsewhere.example/' }]) {
    expect((await stranger.post('/reservations', { ...form, ...change })).headers.location).toBe('/register');
  }
  expect(await kept()).toHaveLength(0);
});

test('after an hour it is worth nothing, and tidying takes it away', async () => {
  const visitor = await new VisitorBrowser(system).settle();
  const { answer } = await lateForm(visitor);
  await system.owner('kept_form').update({ expires_at: new Date(Date.now() - 1000) });
  await signIn(visitor, String(answer.headers.location));
  expect((await visitor.page(path)).html()).not.toContain('带三箱样品');
  await lateForm(visitor);
  await system.owner('kept_form').update({ expires_at: new Date(Date.now() - 1000) });
  await dropWornOut(system.db);
  expect(await kept()).toHaveLength(0);
});

test('a form without a session and without a way back leads to the login, as before', async () => {
  const answer = await new VisitorBrowser(system).post('/reservations', { channel: 'personal' }).expect(303);
  expect(answer.headers.location).toBe('/register');
  expect(load(answer.text)('form')).toHaveLength(0);
});

test('a form of a release that is too old submits nothing: its page is loaded anew with what was typed', async () => {
  const visitor = await new VisitorBrowser(system).settle();
  const form = { ...(await visitor.visitForm()), note: '带三箱样品' };
  await system.parts.web.stop();
  const newer = await startWeb(readSettings(webSchema, system.env.web), { release: '0.9.0' });
  try {
    const part = await visitor.agent.get(path).set({ 'HX-Request': 'true', 'Page-Release': '0.1.0' }).expect(409);
    expect(part.headers['page-too-old']).toBe('true');
    expect(load(part.text)('[data-anew]').text()).toBe('重新载入本页');
    expect(load(part.text)('[role=alert]').text()).not.toContain('首页');
    const before = await system.db('request').count();
    expect((await visitor.post('/reservations', form).expect(303)).headers.location).toBe(path);
    expect(await system.db('request').count()).toEqual(before);

    const $ = await visitor.page(path);
    expect($('[role=status]').text()).toContain('系统已更新，本页已重新载入，尚未提交');
    expect($('[name=note]').text()).toBe('带三箱样品');
    const release = $('#visit-form [name=form_release]').attr('value') ?? '';
    expect(release).toBe('0.9.0');
    const sent = await visitor.post('/reservations', { ...form, form_release: release }).expect(303);
    expect(sent.headers.location).toMatch(/^\/reservations\/[0-9a-f]/);

    // An office behind one address: others' old forms take nobody's place, and a form that cannot be kept is not sent instead.
    await system.owner('attempt').delete();
    const again = { ...(await visitor.visitForm()), form_again: 'yes' };
    const asked = await system.db('request').count();
    for (let n = 0; n < 22; n += 1) {
      const typed = { ...again, note: `第 ${n} 次` };
      expect((await visitor.post('/reservations', typed).expect(303)).headers.location).toBe(path);
    }
    expect(await system.db('request').count()).toEqual(asked);
    // However often: what was typed last is there, and nothing else waits.
    expect(await kept()).toHaveLength(1);
    expect((await visitor.page(path))('[name=note]').text()).toBe('第 21 次');
    const colleague = await new VisitorBrowser(system).settle();
    const theirs = { ...(await colleague.visitForm()), form_again: 'yes', note: '第二位' };
    await colleague.post('/reservations', theirs).expect(303);
    expect((await colleague.page(path))('[name=note]').text()).toBe('第二位');
  } finally {
    await newer.stop();
    await system.parts.web.start();
  }
});

test('what cannot be kept any more is not lost without a word: its page carries it through the login', async () => {
  const visitor = await new VisitorBrowser(system).settle();
  const { form, answer } = await lateForm(visitor);
  for (let n = 1; n < 20; n += 1) await visitor.post('/reservations', form).expect(303);
  const page = load((await visitor.post('/reservations', form).expect(409)).text);
  expect(page('[role=alert]').text()).toContain('未能由系统保留');
  expect(page('main').text()).toContain('请在此浏览器的另一个标签页登录');
  const again = page('main form[action="/reservations"]');
  const values = Object.fromEntries(again.serializeArray().map(({ name, value }) => [name, value]));
  expect(values).toMatchObject({ note: '带三箱样品', host: '李思远' });
  await signIn(visitor, String(answer.headers.location));
  expect((await visitor.post('/reservations', values).expect(303)).headers.location).toMatch(
    /^\/reservations\/[0-9a-f]/,
  );
});
