import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { seedDemo } from '../bin/seed.ts';
import { mailSchema, messengerSchema, readSettings, wechatSchema } from '../platform/config.ts';
import { createBlindIndex, createFieldCipher } from '../platform/crypto.ts';
import { createLog } from '../platform/log.ts';
import { createMail } from '../platform/mail.ts';
import { createMessengers } from '../platform/messengers.ts';
import { createWechat } from '../platform/wechat.ts';
import { findTaskLink, makeTaskLink } from '../store/approval/task-link.ts';
import { accessTokenStore } from '../store/messages/access-token.ts';
import { saveStaffContact, staffContact } from '../store/messages/staff-contact.ts';
import { unreachedStaff } from '../store/messages/staff-fault.ts';
import { bindStaffMessenger, retryStaffMessenger, unbindStaffMessenger } from '../store/messages/staff-messenger.ts';
import { keepTaskNews } from '../store/messages/task-news.ts';
import { testKeys } from '../testing/keys.ts';
import { type TestPartners, testPartners } from '../testing/partners.ts';
import { freshDatabase, type TestDatabase } from '../testing/postgres.ts';
import { aWaitingTask, type House, somebody, type Wish } from '../testing/reservations.ts';
import { until } from '../testing/until.ts';
import { tellStaff } from './staff-messages.ts';

/** Messages to staff in the messenger in which they work. What holds for every channel is in staff-messages.pg.test.ts. */

let database: TestDatabase;
let partners: TestPartners;
let house: House;
let deps: Parameters<typeof tellStaff>[0];
let approver: string;
let user: string;
let last = 0;
const log = createLog('test', 'silent');
const options = { language: 'zh-CN', digest: false, quiet: false, email: '' } as const;

const messengersOf = (changes: Record<string, string> = {}) =>
  createMessengers(readSettings(messengerSchema, { ...partners.env, ...changes }), (app) =>
    accessTokenStore(database.db, house.cipher, app),
  );

beforeAll(async () => {
  const keys = await testKeys(['south', 'east']);
  [database, partners] = await Promise.all([freshDatabase(), testPartners()]);
  house = {
    db: database.db,
    cipher: createFieldCipher(keys.web.field),
    index: createBlindIndex(keys.web.index),
  };
  await seedDemo(database.owner, keys.folders);
  const wechat = readSettings(wechatSchema, partners.env);
  deps = {
    db: database.db,
    cipher: house.cipher,
    mail: createMail(readSettings(mailSchema, partners.env), 1_000),
    wechat: createWechat(wechat, accessTokenStore(database.db, house.cipher, wechat.WECHAT_APP_ID)),
    messengers: messengersOf(),
    publicUrl: 'http://127.0.0.1:9',
  };
  approver = (await database.owner('staff').where({ username: 'approver' }).first()).id;
});
afterAll(async () => {
  await partners?.stop();
  await database?.drop();
});
beforeEach(async () => {
  await partners.fault('wecom.send', 'none');
  await database.owner('staff_message').delete();
  await database.owner('staff_letter').delete();
  await database.owner('task').update({ status: 'withdrawn', closed_at: new Date() });
  await database.owner('staff_messenger').delete();
  await saveStaffContact(database.db, house.cipher, approver, options);
  user = `user.${++last}`;
  await partners.officeUser('wecom', user);
  await bind();
});

const bind = () => bindStaffMessenger(database.db, house, { staff: approver, messenger: 'wecom', user });
let phone = 13_000_000_100;
const newcomer = () => ({ ...somebody, phone: String(++phone), document: `11019919900101${String(phone).slice(-4)}` });
async function aTask(wish: Wish = {}) {
  const waiting = await aWaitingTask(house, { who: newcomer(), ...wish });
  await keepTaskNews(database.db, waiting);
  return waiting;
}
/** One worker, until nothing is due any more. */
async function tell(now: Date = new Date(Date.now() + 1), by = deps): Promise<void> {
  const rounds = tellStaff(by, { log, every: 20, now: () => now });
  const due = () => database.db('staff_message').where({ status: 'pending' }).where('send_after', '<=', now);
  try {
    await until(async () => (await due()).length === 0, 'nothing is due');
  } finally {
    await rounds.stop();
  }
}
const minuteLater = () => new Date(Date.now() + 61_000);
const messages = () => database.db('staff_message').orderBy('id');
const letters = () => database.db('staff_letter').orderBy('started_at');
const cards = () => partners.office('wecom', user);

describe('an approver', () => {
  test('gets a card with what it is about, a masked name, a button that decides and the way to the login', async () => {
    const { task } = await aTask();
    await Promise.all([tell(), tell()]);
    const [card, ...more] = await cards();
    expect(more).toEqual([]);
    expect(card?.title).toMatch(/^来访待审批：欧\*\*满，/);
    expect(card?.facts.map(({ name }) => name)).toEqual(['来访人', '来访时间', '园区', '审批部门', '审批截止']);
    expect(card?.open).toEqual({ words: '登录查看', url: `http://127.0.0.1:9/inbox/${task}` });
    expect(JSON.stringify(card)).not.toMatch(/欧阳小满|11019|130000|京A/);
    const link = await findTaskLink(database.db, card?.button?.key ?? '', { channel: 'wecom' });
    expect(link).toMatchObject({ good: true, task, staff: approver, sentTo: `u***${user.at(-1)}` });
    expect(await messages()).toMatchObject([{ kind: 'task_opened', status: 'sent' }]);
    expect(await letters()).toMatchObject([{ channel: 'wecom', outcome: 'accepted' }]);
  });

  test('has a button that opens nothing as an address of a mail', async () => {
    await aTask();
    await tell();
    const [card] = await cards();
    expect(await findTaskLink(database.db, card?.button?.key ?? '')).toBeUndefined();
    expect(
      await database
        .owner('task_link')
        .where({ token_hash: card?.button?.key ?? '' })
        .first(),
    ).toBeUndefined();
  });

  test('reads English where they chose it', async () => {
    await saveStaffContact(database.db, house.cipher, approver, { ...options, language: 'en' });
    await aTask();
    await tell();
    expect((await cards())[0]).toMatchObject({
      button: { words: 'Approve' },
      facts: [{ name: 'Visi…' }, {}, {}, {}, {}],
    });
  });

  test('is told by mail too where they have one', async () => {
    const email = `${randomUUID()}@example.edu`;
    await saveStaffContact(database.db, house.cipher, approver, { ...options, email });
    await aTask();
    await tell();
    expect([(await cards()).length, (await partners.mails(email)).length]).toEqual([1, 1]);
  });

  test('who has to log in to decide gets no button', async () => {
    await database.owner('staff').where({ id: approver }).update({ may_unmask: true });
    await aTask();
    await tell();
    await database.owner('staff').where({ id: approver }).update({ may_unmask: false });
    const [card] = await cards();
    expect(card?.button).toBeUndefined();
    expect(card?.text).toContain('审批截止');
  });

  test('with many at once gets one message, which decides nothing', async () => {
    for (let count = 0; count < 4; count++) await aTask();
    await tell();
    const [card, ...more] = await cards();
    expect(more).toEqual([]);
    expect(card?.title).toBe('来访待审批：4 件');
    expect(card?.button).toBeUndefined();
    expect(card?.open?.url).toMatch(/^http:\/\/127\.0\.0\.1:9\/inbox#/);
  });

  test('whose messenger is not set up any more sees it in the inbox alone', async () => {
    await aTask();
    await tell(undefined, { ...deps, messengers: {} });
    expect(await messages()).toMatchObject([{ status: 'page' }]);
  });
});

describe('a message that does not arrive', () => {
  test('is tried again at growing pauses while the messenger is busy, and told once', async () => {
    await partners.fault('wecom.send', 'busy', 1);
    await aTask();
    await tell();
    expect(await messages()).toMatchObject([{ status: 'pending' }]);
    expect(await letters()).toMatchObject([{ outcome: 'refused', fault: 'busy', code: '-1' }]);
    await tell(minuteLater());
    expect(await cards()).toHaveLength(1);
    expect(await messages()).toMatchObject([{ status: 'sent' }]);
  });

  test('is not sent again where its answer was lost', async () => {
    await partners.fault('wecom.send', 'lose', 1);
    await aTask();
    await tell();
    await tell(minuteLater());
    expect(await cards()).toHaveLength(1);
    expect(await letters()).toMatchObject([{ outcome: 'unknown' }]);
    expect(await messages()).toMatchObject([{ status: 'failed' }]);
  });

  test('is sent once more where its process died, and comes once', async () => {
    await aTask();
    await tell();
    const longAgo = new Date(Date.now() - 60_000);
    await database.owner('staff_letter').update({ outcome: null, finished_at: null, started_at: longAgo });
    await database.owner('staff_message').update({ status: 'pending', closed_at: null, send_after: new Date() });
    await tell();
    expect(await letters()).toMatchObject([{ outcome: null }, { outcome: 'accepted' }]);
    expect(await cards()).toHaveLength(1);
  });

  test('waits for a setting, and is sent as soon as a process starts with the right one', async () => {
    await aTask();
    await tell(undefined, { ...deps, messengers: messengersOf({ WECOM_AGENT_ID: '1000009' }) });
    expect(await messages()).toMatchObject([{ status: 'pending' }]);
    expect(await letters()).toMatchObject([{ fault: 'misconfigured', code: '301002' }]);
    await database.owner('staff_message').update({ send_after: new Date(Date.now() + 3_600_000) });
    await tell();
    expect(await cards()).toHaveLength(1);
  });

  test('to somebody who is gone marks the binding: it is left alone, admins see who it is, the ladder need not wait', async () => {
    await partners.officeUser('wecom', user, true);
    await aTask();
    await tell();
    expect(await messages()).toMatchObject([{ status: 'failed' }]);
    const contact = await staffContact(database.db, house.cipher, approver);
    expect(contact.messengers).toMatchObject([{ messenger: 'wecom', user, fault: 'no_user' }]);
    expect(await unreachedStaff(database.db, 10)).toMatchObject([
      { staff: approver, failed: 1, messengerFaults: [{ messenger: 'wecom', since: expect.any(Date) }] },
    ]);
    expect(await database.db('unreachable_staff').pluck('staff_id')).toEqual([approver]);
    await aTask();
    await tell();
    expect(await cards()).toEqual([]);
    await partners.officeUser('wecom', user);
    await retryStaffMessenger(database.db, approver, 'wecom');
    expect(await database.db('unreachable_staff').pluck('staff_id')).toEqual([]);
    await aTask();
    await tell();
    expect(await cards()).toHaveLength(1);
  });
});

test('a user who is unbound has no button that decides any more', async () => {
  const waiting = await aWaitingTask(house, { who: newcomer() });
  const make = { staff: approver, task: waiting.task, sentTo: 'u***' };
  const [card, mail] = [
    await makeTaskLink(database.db, { ...make, channel: 'wecom' }),
    await makeTaskLink(database.db, make),
  ];
  await unbindStaffMessenger(database.db, approver, 'wecom');
  expect(await findTaskLink(database.db, card ?? '', { channel: 'wecom' })).toBeUndefined();
  expect(await findTaskLink(database.db, mail ?? '')).toMatchObject({ good: true });
});
