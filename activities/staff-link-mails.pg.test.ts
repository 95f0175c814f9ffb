import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { seedDemo } from '../bin/seed.ts';
import { minute } from '../domain/time.ts';
import { mailSchema, readSettings } from '../platform/config.ts';
import { createBlindIndex, createFieldCipher } from '../platform/crypto.ts';
import { createLog } from '../platform/log.ts';
import { createMail } from '../platform/mail.ts';
import { saveStaffContact } from '../store/messages/staff-contact.ts';
import { askForPassword } from '../store/staff/forgotten-password.ts';
import { hashOfLetter, recordLinkBounce } from '../store/staff/link-letter.ts';
import { linkMailOf, mailStaffLink } from '../store/staff/link-mail.ts';
import { createStaff } from '../store/staff/staff.ts';
import { findStaffLink, makeStaffLink, revokeStaffLinks } from '../store/staff/staff-link.ts';
import { testKeys } from '../testing/keys.ts';
import { type TestPartners, testPartners } from '../testing/partners.ts';
import { freshDatabase, type TestDatabase } from '../testing/postgres.ts';
import { until } from '../testing/until.ts';
import { answerForgotten } from './forgotten-passwords.ts';
import { mailStaffLinks } from './staff-link-mails.ts';

/** Links to sign in, mailed by a real mail server. */

let database: TestDatabase;
let partners: TestPartners;
let deps: Parameters<typeof mailStaffLinks>[0];
let index: ReturnType<typeof createBlindIndex>;
const log = createLog('test', 'silent');

beforeAll(async () => {
  const keys = await testKeys(['south', 'east']);
  [database, partners] = await Promise.all([freshDatabase(), testPartners()]);
  index = createBlindIndex(keys.web.index);
  await seedDemo(database.owner, keys.folders);
  deps = {
    db: database.db,
    cipher: createFieldCipher(keys.web.field),
    mail: createMail(readSettings(mailSchema, partners.env)),
    publicUrl: 'https://visit.example.edu',
  };
});
afterAll(async () => {
  await partners?.stop();
  await database?.drop();
});

let address: string;
let staff: string;
beforeEach(async () => {
  await partners.fault('mail.send', 'none');
  await database.owner('staff_link_mail').delete();
  address = `${randomUUID()}@example.edu`;
  staff = await createStaff(database.owner, { username: `new.${randomUUID().slice(0, 8)}`, name: '王芳<b>' });
});

const invite = () =>
  database.db.transaction(async (trx) => {
    const token = await makeStaffLink(trx, index, { staff, use: 'invitation' });
    await mailStaffLink(trx, deps.cipher, { staff, address });
    return token;
  });
const tokenIn = (text = '') => /https:\/\/visit\.example\.edu\/staff\/links\/([\w-]{43})/.exec(text)?.[1] ?? '';
const byLetter = (token: string) => findStaffLink(database.db, { letterHash: hashOfLetter(token) });
const state = () => linkMailOf(database.db, deps.cipher, staff);

/** Until nothing is due at this time. The database counts parts of a millisecond. */
async function send(now = new Date(Date.now() + 1), by = deps): Promise<void> {
  const rounds = [1, 2].map(() => mailStaffLinks(by, { log, every: 20, now: () => now }));
  const due = () => database.db('staff_link_mail').where({ status: 'pending' }).where('send_after', '<=', now);
  await until(async () => (await due()).length === 0, 'nothing is due').finally(() =>
    Promise.all(rounds.map((one) => one.stop())),
  );
}

test('a mail carries a link of its own in both languages, once, and no user name', async () => {
  const shown = await invite();
  await send();
  await send(new Date(Date.now() + 10 * minute));
  const [mail, ...more] = await partners.mails(address);
  expect(more).toEqual([]);
  const token = tokenIn(mail?.text);
  expect(mail?.html).toContain(`href="https://visit.example.edu/staff/links/${token}"`);
  expect(mail?.html).not.toContain('<b>');
  expect(mail?.text).toMatch(/请打开下面的链接[\s\S]*Open the link below/);
  const { username } = await database.owner('staff').where({ id: staff }).first('username');
  expect(mail?.text + (mail?.subject ?? '')).not.toContain(username);
  expect(token).not.toBe(shown);
  expect((await byLetter(token))?.staff.id).toBe(staff);
  const rows = await Promise.all(
    ['staff_link', 'staff_link_mail', 'staff_link_letter'].map((one) => database.owner(one)),
  );
  expect(JSON.stringify(rows)).not.toMatch(new RegExp(`${token}|${address.slice(0, 12)}`));
  expect(await state()).toMatchObject({ status: 'sent', address: `${address[0]}***@example.edu` });
});

test('a link that is replaced is dead, that of its mail too, and an unsent mail does not go', async () => {
  await invite();
  await send();
  const first = tokenIn((await partners.mails(address))[0]?.text);
  expect(await byLetter(first)).toBeDefined();
  await invite();
  expect(await byLetter(first)).toBeUndefined();
  await revokeStaffLinks(database.db, staff);
  await send();
  expect(await partners.mails(address)).toHaveLength(1);
  expect(await state()).toBeUndefined();
});

test('an address that refuses mail, or sends it back, is seen; nothing goes there again by itself', async () => {
  await partners.fault('mail.send', 'refuse', 1);
  await invite();
  await send();
  expect(await state()).toMatchObject({ status: 'failed', fault: 'refused' });
  await send(new Date(Date.now() + 60 * minute));
  expect(await partners.mails(address)).toEqual([]);

  await invite();
  await send();
  const [mail] = await partners.mails(address);
  expect(await recordLinkBounce(database.db, mail?.messageId ?? '', '5.1.1')).toBe(true);
  expect(await state()).toMatchObject({ status: 'failed', fault: 'bounced' });
  expect(await recordLinkBounce(database.db, `<${randomUUID()}@campus.example>`, '5.1.1')).toBe(false);
});

test('a server that is busy is asked again later, and one whose answer was lost is not', async () => {
  await partners.fault('mail.send', 'busy', 1);
  await invite();
  await send();
  expect(await state()).toMatchObject({ status: 'pending', fault: 'busy' });
  expect(await partners.mails(address)).toEqual([]);
  await send(new Date(Date.now() + 2 * minute));
  expect(await state()).toMatchObject({ status: 'sent', fault: null });

  await partners.fault('mail.send', 'lose', 1);
  await invite();
  await send();
  await send(new Date(Date.now() + 10 * minute));
  expect(await state()).toMatchObject({ status: 'unknown' });
});

test('a mail whose link is over does not go', async () => {
  await invite();
  await send(new Date(Date.now() + 8 * 24 * 60 * minute));
  expect(await state()).toMatchObject({ status: 'failed' });
  expect(await partners.mails(address)).toEqual([]);
});

test('a mail whose sender died in between goes once more', async () => {
  await invite();
  const [{ link_id: link }] = await database.db('staff_link_mail');
  const died = { link_id: link, token_hash: hashOfLetter('a'), started_at: new Date(Date.now() - minute) };
  await database.db('staff_link_letter').insert(died);
  await send();
  expect(await partners.mails(address)).toHaveLength(1);
  await invite();
  const [{ link_id: next }] = await database.db('staff_link_mail');
  const twice = ['b', 'c'].map((one) => ({ ...died, link_id: next, token_hash: hashOfLetter(one) }));
  await database.db('staff_link_letter').insert(twice);
  await send();
  expect(await partners.mails(address)).toHaveLength(1);
  expect(await state()).toMatchObject({ status: 'unknown' });
});

describe('of a forgotten password', () => {
  const issuers = ['https://sso.example.edu'];
  let username: string;
  beforeEach(async () => {
    ({ username } = await database.owner('staff').where({ id: staff }).first('username'));
    await database.owner('staff').where({ id: staff }).update({ password_hash: '-' });
    await contact(address);
  });
  const contact = (email: string) =>
    saveStaffContact(database.db, deps.cipher, staff, { language: 'zh-CN', email, digest: true, quiet: true });
  async function asked(how: { demo?: boolean; name?: string; at?: Date } = {}) {
    const said = { addressHash: Buffer.alloc(32), requestId: 'r' };
    await askForPassword(database.db, deps.cipher, { username: how.name ?? username, issuers, ...said });
    if (how.at) await database.owner('password_asking').update({ asked_at: how.at });
    const answers = answerForgotten(deps, { demo: how.demo ?? true, every: 20, log });
    const left = async () => (await database.owner('password_asking')).length === 0;
    await until(left, 'it is answered').finally(() => answers.stop());
    await send();
    // The newest first.
    const mails = await partners.mails(address);
    return mails.map(({ text = '' }) => text);
  }

  test('a mail brings a link in both languages, without the user name', async () => {
    const [text = '', ...more] = await asked();
    expect(more).toEqual([]);
    expect(text).toMatch(/申请找回密码[\s\S]*you forgot your password/);
    expect(text).not.toContain(username);
    expect(await byLetter(tokenIn(text))).toMatchObject({ use: 'forgotten', staff: { id: staff } });
    expect(await state(), 'no mail of an admin’s').toBeUndefined();
  });

  test('whoever signs in by the university alone is told so, and gets no link', async () => {
    await database.owner('staff_identity').insert({ issuer: `${issuers[0]}/`, subject: address, staff_id: staff });
    expect(tokenIn((await asked())[0]), 'they have a password here too').not.toBe('');
    await database.owner('staff').where({ id: staff }).update({ password_hash: null });
    const [text = ''] = await asked();
    expect(text).toMatch(/统一身份认证登录[\s\S]*sign in with your university account/);
    expect(text).toContain('https://visit.example.edu/staff/login');
    expect(text).not.toContain('/staff/links/');
    const rows = await database.owner('staff_link').where({ staff_id: staff, use: 'university' });
    expect(rows.map((row) => row.revoked_at)).not.toContain(null);
    await database.owner('staff_identity').update({ issuer: 'https://former.example.edu' });
    expect(tokenIn((await asked())[0]), 'the university signs nobody in by that any more').not.toBe('');
  });

  test('one that cannot be read is given up, and holds up none of the others', async () => {
    const said = { issuers, addressHash: Buffer.alloc(32), requestId: 'r' };
    await askForPassword(database.db, deps.cipher, { username, ...said });
    await database
      .owner('password_asking')
      .update({ username_enc: Buffer.alloc(40), asked_at: new Date(Date.now() - minute) });
    expect(tokenIn((await asked())[0])).not.toBe('');
  });

  test('nothing goes to nobody, to an address at fault, to whoever has left, late, or more than ten times a day', async () => {
    expect(await asked({ name: 'nobody.here' })).toEqual([]);
    await database.owner('staff').where({ id: staff }).update({ demo: true });
    expect(await asked({ demo: false })).toEqual([]);
    expect(await asked({ at: new Date(Date.now() - 31 * minute) })).toEqual([]);
    await database.owner('staff_contact').update({ email_fault: 'bounced', email_fault_at: new Date() });
    expect(await asked()).toEqual([]);
    await contact(address);
    for (let n = 0; n < 11; n += 1) await asked();
    expect(await partners.mails(address)).toHaveLength(10);
    await database.owner('staff_link').where({ staff_id: staff }).delete();
    await database.owner('staff').where({ id: staff }).update({ left_at: new Date() });
    expect(await asked()).toHaveLength(10);
  });
});
