import { load } from 'cheerio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type System, startSystem } from '../../testing/system.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
});
afterAll(() => system?.stop());

test('somebody with a number from abroad registers, and is the same account however they write it', async () => {
  const visitor = new VisitorBrowser(system, { phone: '+14155550123' });
  await visitor.register();
  await visitor.agree();
  expect((await visitor.page('/profile'))('[name=phone]').attr('value')).toBe('+14155550123');
  await visitor.post('/profile', { ...visitor.person, phone: '001 (415) 555-0123' }).expect(303);
  const rows = await system.db('visitor').where({ phone_hash: system.index('phone', '+14155550123') });
  expect(rows.length).toBe(1);
  const again = new VisitorBrowser(system, { phone: '+1 415 555 0123' });
  const limited = await again.post('/register/code', { phone: '0014155550123' }).expect(422);
  // Asked a question first, as everybody is whose number had a code today.
  expect(load(limited.text)('#field-challenge-error').text()).toBe('请回答问题');
});

test('a number of no country is refused at the field', async () => {
  const visitor = new VisitorBrowser(system);
  for (const phone of ['+86 10 62345678', '+1 415 555', '+0']) {
    const refused = await visitor.post('/register/code', { phone }).expect(422);
    expect(load(refused.text)('#field-phone-error').text()).toMatch(/^境外号码应以 \+/);
  }
});

test('a country that the provider does not serve is said in a clear sentence', async () => {
  const visitor = new VisitorBrowser(system);
  const refused = await visitor.post('/register/code', { phone: '+999 1234567' }).expect(503);
  expect(load(refused.text)('[role=alert]').text()).toMatch(/^暂时无法向该国家或地区的号码发送短信/);
});
