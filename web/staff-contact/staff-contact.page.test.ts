import { load } from 'cheerio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keepTaskNews } from '../../store/messages/task-news.ts';
import { aWaitingTask } from '../../testing/reservations.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
});
afterAll(() => system?.stop());

const good = { email: 'approver@example.edu', language: 'zh-CN' };
const say = async (form: Record<string, string>) =>
  (await staffBrowser(system.web, 'approver')).post('/staff/me').type('form').send(form);
const mails = async (address: string) =>
  (await (await fetch(`${system.sandbox}/inspect/mails?address=${address}`)).json()) as { text: string }[];
const fault = (mode: string) =>
  fetch(`${system.sandbox}/inspect/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ target: 'mail.send', mode, times: 1 }),
  });

describe('an address', () => {
  test.each([
    'nobody',
    'one@example.edu, two@example.edu',
    'one@example.edu;two@example.edu',
    'one@example.edu\r\nBcc: two@example.edu',
    'One <one@example.edu>',
  ])('%j is refused at its field and kept as typed', async (email) => {
    const page = load((await say({ ...good, email })).text);
    expect(page('#field-email-error').text()).toContain('只填一个邮箱地址');
    expect(await system.owner('staff_contact').whereNotNull('email_enc')).toEqual([]);
  });

  test('is its owner’s to see, sealed, and in the audit only as there or not', async () => {
    expect((await say({ ...good, digest: 'on' })).headers.location).toBe('/staff/me?saved');
    const own = load((await (await staffBrowser(system.web, 'approver')).get('/staff/me')).text);
    expect(own('#field-email').val()).toBe(good.email);
    expect(own('[name=digest]').attr('checked')).toBeDefined();
    expect(own('[name=quiet]').attr('checked')).toBeUndefined();
    const other = await (await staffBrowser(system.web, 'otherApprover')).get('/staff/me');
    expect(other.text).not.toContain(good.email);
    const [act] = await system.owner('audit').where({ action: 'staff_contact_changed' });
    expect(act.detail).toEqual({ email: true, language: 'zh-CN', digest: true, quiet: false });
  });
});

describe('a mail that comes back', () => {
  test('is reported by the mail server; its owner and the admins see it', async () => {
    await say(good);
    await fault('bounce');
    const waiting = await aWaitingTask(system);
    await system.db.transaction((trx) => keepTaskNews(trx, waiting));
    const owner = await staffBrowser(system.web, 'approver');
    const notice = () => owner.get('/staff/me').then(({ text }) => load(text)('#email-fault').text());
    expect(await until(async () => (await notice()) || undefined, 'the page tells of it')).toContain('被退回');
    const faults = load((await (await staffBrowser(system.web, 'admin')).get('/admin/faults')).text);
    expect(faults('[aria-labelledby=unreached]').text()).toContain('邮件退回');
    expect(faults.text()).not.toContain(good.email);
    expect(await mails(good.email)).toHaveLength(1);
    // Saved again, also as it is, it is tried again.
    await say(good);
    expect(await notice()).toBe('');
  });

  test('is believed only of somebody with the key', async () => {
    const report = (key: string) =>
      fetch(`${system.web}/mail/bounces`, { method: 'POST', headers: { authorization: `Bearer ${key}` }, body: 'x' });
    expect((await report('')).status).toBe(401);
    expect((await report('a'.repeat(32))).status).toBe(401);
  });
});
