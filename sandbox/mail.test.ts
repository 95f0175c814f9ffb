import type { AddressInfo } from 'node:net';
import { load } from 'cheerio';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from 'vitest';
import { mailSchema, readSettings } from '../platform/config.ts';
import { createMail } from '../platform/mail.ts';
import { type TestPartners, testPartners } from '../testing/partners.ts';

let partners: TestPartners;
const connect = (changes: Record<string, string> = {}) =>
  createMail(readSettings(mailSchema, { ...partners.env, ...changes }));
const letter = { subject: '来访待审批 · A visit waits', text: '第一行\nhttps://x.example/t/1', html: '<p>第一行</p>' };
let last = 0;
let to: { name: string; address: string };

beforeAll(async () => {
  partners = await testPartners();
});
afterAll(() => partners.stop());
beforeEach(async () => {
  to = { name: '李明', address: `li.${++last}@example.edu` };
  await partners.fault('mail.send', 'none');
});

describe('a mail', () => {
  it('arrives in the mailbox with its text, its HTML and one recipient', async () => {
    const sent = await connect().send(to, letter, 'abc');
    expect(sent).toEqual({ ok: true, messageId: '<abc@campus.example>' });
    const [mail] = await partners.mails(to.address);
    expect(mail).toMatchObject({
      from: '校园访客 <visits@campus.example>',
      to: `李明 <${to.address}>`,
      subject: letter.subject,
      messageId: '<abc@campus.example>',
    });
    expect(mail?.text.trim()).toBe(letter.text);
    expect(mail?.html.trim()).toBe(letter.html);
    const page = load(await (await fetch(`${partners.url}/mailbox/${to.address}/${mail?.id}`)).text());
    expect(page('.letter').text()).toContain('第一行');
    expect(page('[data-testid=mail-link]').attr('href')).toBe('https://x.example/t/1');
    const box = load(await (await fetch(`${partners.url}/mailbox?address=${to.address}`)).text());
    expect(box('nav a').text()).toContain(letter.subject);
  });

  it('goes to one recipient, whatever was typed as name or address', async () => {
    const others = [
      { name: '李明', address: 'li@example.edu, wang@example.edu' },
      { name: '李明', address: 'li@example.edu\r\nRCPT TO:<wang@example.edu>' },
      { name: '李明\r\nBcc: wang@example.edu', address: 'li@example.edu' },
    ];
    for (const one of others) {
      expect(await connect().send(one, letter, 'x')).toEqual({ ok: false, fault: 'bad_address', retry: false });
    }
    await connect().send(
      { ...to, name: '<wang@example.edu>,' },
      { ...letter, subject: 'a\r\nBcc: wang@example.edu' },
      'y',
    );
    expect(await partners.mails('wang@example.edu')).toEqual([]);
    expect((await partners.mails(to.address))[0]?.subject).toBe('a Bcc: wang@example.edu');
  });

  it('is refused, put off or lost in ways that can be told apart, and says no address', async () => {
    const refused = { ok: false, fault: 'refused', retry: false, code: '550 5.1.1' };
    await partners.fault('mail.send', 'refuse', 1);
    expect(await connect().send(to, letter, '1')).toEqual(refused);
    expect(await connect().send({ ...to, address: 'nobody@example.edu' }, letter, '1')).toEqual(refused);
    await partners.fault('mail.send', 'busy', 1);
    expect(await connect().send(to, letter, '2')).toMatchObject({ fault: 'busy', retry: true });
    await partners.fault('mail.send', 'hang', 1);
    const hasty = createMail(readSettings(mailSchema, partners.env), 2_000);
    expect(await hasty.send(to, letter, '3')).toMatchObject({ fault: 'unknown', retry: true });
    expect(await partners.mails(to.address)).toEqual([]);
    await partners.fault('mail.send', 'lose', 1);
    expect(await connect().send(to, letter, '4')).toMatchObject({ fault: 'unknown' });
    expect(await partners.mails(to.address)).toHaveLength(1);
  });

  it('needs a server that is there and takes our login', async () => {
    const at = (password: string, port?: number) => {
      const url = new URL(partners.env.SMTP_URL ?? '');
      url.password = password;
      if (port) url.port = String(port);
      return connect({ SMTP_URL: url.href });
    };
    expect(await at('wrong').send(to, letter, '1')).toMatchObject({ fault: 'misconfigured', retry: false });
    expect(await at('wrong').probe()).toMatchObject({ fault: 'misconfigured' });
    expect(await at('any', 9).send(to, letter, '1')).toMatchObject({ fault: 'unreachable', code: 'ECONNREFUSED' });
    expect(await connect().probe()).toEqual({ ok: true });
    expect(await connect({ SMTP_URL: '', MAIL_FROM: '' }).send(to, letter, '1')).toMatchObject({
      fault: 'misconfigured',
    });
  });
});

describe('a server’s refusal', () => {
  /** What the server says, at `sender`, `recipient` or `message`. */
  let says: { at: string; code: number; words: string };
  const sayAt = (at: string, done: (error?: Error) => void) =>
    says.at === at ? done(Object.assign(new Error(says.words), { responseCode: says.code })) : done();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    closeTimeout: 100,
    onMailFrom: (_address, _session, done) => sayAt('sender', done),
    onRcptTo: (_address, _session, done) => sayAt('recipient', done),
    onData: (stream, _session, done) => stream.on('end', () => sayAt('message', done)).resume(),
  });
  beforeAll(() => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)));
  afterAll(() => new Promise<void>((resolve) => server.close(resolve)));
  const send = async () => {
    const { port } = server.server.address() as AddressInfo;
    const sent = await connect({ SMTP_URL: `smtp://127.0.0.1:${port}` }).send(to, letter, '1');
    return sent.ok ? 'ok' : sent.fault;
  };

  test.each([
    ['recipient', 550, '5.1.1 No such user'],
    ['recipient', 554, '5.1.10 This domain takes no mail'],
    ['recipient', 550, 'No such user'],
    ['recipient', 551, 'User not local'],
    ['recipient', 553, 'Mailbox name not allowed'],
    ['message', 550, '5.1.1 No such user'],
  ])('at the %s, %i %s, speaks of the address', async (at, code, words) => {
    says = { at, code, words };
    expect(await send()).toBe('refused');
  });

  test.each([
    ['sender', 550, '5.1.1 No such user'],
    ['sender', 553, 'Sender not allowed'],
    ['recipient', 550, '5.7.1 Relaying denied'],
    ['recipient', 554, 'Relay access denied'],
    ['recipient', 530, '5.7.0 Authentication required'],
    ['recipient', 550, '5.1.8 The sender’s domain is unknown'],
    ['recipient', 553, '5.1.7 The sender’s address is malformed'],
    ['recipient', 552, '5.2.2 Mailbox full'],
    ['message', 550, 'Message refused'],
    ['message', 554, '5.7.1 Message refused as spam'],
  ])('at the %s, %i %s, speaks of us or of the server', async (at, code, words) => {
    says = { at, code, words };
    expect(await send()).toBe('misconfigured');
  });
});

test.each([
  [{ SMTP_URL: 'mail.example.edu' }, 'SMTP_URL is not valid'],
  [{ SMTP_URL: 'https://mail.example.edu' }, 'SMTP_URL is not valid'],
  [{ MAIL_FROM: 'A <a@example.edu>, B <b@example.edu>' }, 'MAIL_FROM is not valid'],
  [{ MAIL_FROM: '' }, 'MAIL_FROM is missing beside SMTP_URL'],
  [{ SMTP_URL: '' }, 'SMTP_URL is missing beside MAIL_FROM'],
])('the settings %j are refused', (change, problem) => {
  expect(() => connect(change as Record<string, string>)).toThrow(problem);
});
