import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { seedDemo } from '../bin/seed.ts';
import type { MessengerName } from '../domain/messengers.ts';
import { mailSchema, messengerSchema, readSettings, wechatSchema } from '../platform/config.ts';
import { createBlindIndex, createFieldCipher } from '../platform/crypto.ts';
import { createLog } from '../platform/log.ts';
import { createMail } from '../platform/mail.ts';
import { createMessengers } from '../platform/messengers.ts';
import { createWechat } from '../platform/wechat.ts';
import type { OfficeMessage } from '../sandbox/office/office.ts';
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

const everyMessenger = [
  { name: 'wecom', wrong: { WECOM_AGENT_ID: '1000009' }, refusedAs: '301002', busyAs: '-1' },
  { name: 'feishu', wrong: { FEISHU_APP_SECRET: 'wrong' }, refusedAs: '10014', busyAs: '500' },
  {
    name: 'dingtalk',
    wrong: { DINGTALK_CARD_TEMPLATE: 'another.schema' },
    refusedAs: 'param.templateNotExist',
    busyAs: '500',
  },
] as const satisfies { name: MessengerName; wrong: object; refusedAs: string; busyAs: string }[];
/** In which the test that runs has its approver. */
let messenger: MessengerName = 'wecom';

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
    mail: createMail(readSettings(mailSchema, partners.env)),
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
  for (const { name } of everyMessenger) await partners.fault(`${name}.send`, 'none');
  await database.owner('staff_message').delete();
  await database.owner('staff_letter').delete();
  await database.owner('task').update({ status: 'withdrawn', closed_at: new Date() });
  await database.owner('staff_messenger').delete();
  await saveStaffContact(database.db, house.cipher, approver, options);
  await work('wecom');
});

/** The approver works in this messenger, and in no other. */
async function work(at: MessengerName): Promise<void> {
  await database.owner('staff_messenger').delete();
  messenger = at;
  user = `user.${++last}`;
  await partners.officeUser(messenger, user);
  await bindStaffMessenger(database.db, house, { staff: approver, messenger, user });
}
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
const cards = () => partners.office(messenger, user);
const wordsOf = ({ text, facts }: OfficeMessage) =>
  [text, ...facts.map(({ name, value }) => `${name} ${value}`)].join('\n');

describe('an approver', () => {
  test.each(everyMessenger)(
    'gets a card with what it is about, a masked name, a button that decides and the way to the login: $name',
    async ({ name }) => {
      await work(name);
      const { task } = await aTask();
      await Promise.all([tell(), tell()]);
      const [card, ...more] = await cards();
      expect(more).toEqual([]);
      expect(card?.title).toMatch(/^来访待审批：欧\*\*满，/);
      for (const fact of ['来访人', '来访时间', '园区', '审批部门', '审批截止']) {
        expect(card && wordsOf(card)).toMatch(new RegExp(`^${fact} .+`, 'm'));
      }
      expect(card?.open).toEqual({ words: '登录查看', url: `http://127.0.0.1:9/inbox/${task}` });
      expect(JSON.stringify(card)).not.toMatch(/欧阳小满|11019|130000|京A/);
      const link = await findTaskLink(database.db, card?.button?.key ?? '', { channel: name });
      expect(link).toMatchObject({ good: true, task, staff: approver, sentTo: `u***${user.at(-1)}` });
      expect(await messages()).toMatchObject([{ kind: 'task_opened', status: 'sent' }]);
      expect(await letters()).toMatchObject([{ channel: name, outcome: 'accepted' }]);
    },
  );

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
  test.each(everyMessenger)(
    'is tried again at growing pauses while the messenger is busy, and told once: $name',
    async ({ name, busyAs }) => {
      await work(name);
      await partners.fault(`${name}.send`, 'busy', 1);
      await aTask();
      await tell();
      expect(await messages()).toMatchObject([{ status: 'pending' }]);
      expect(await letters()).toMatchObject([{ outcome: 'refused', fault: 'busy', code: busyAs }]);
      await tell(minuteLater());
      expect(await cards()).toHaveLength(1);
      expect(await messages()).toMatchObject([{ status: 'sent' }]);
    },
  );

  test.each(everyMessenger)('is not sent again where its answer was lost: $name', async ({ name }) => {
    await work(name);
    await partners.fault(`${name}.send`, 'lose', 1);
    await aTask();
    await tell();
    await tell(minuteLater());
    expect(await cards()).toHaveLength(1);
    expect(await letters()).toMatchObject([{ outcome: 'unknown' }]);
    expect(await messages()).toMatchObject([{ status: 'failed' }]);
  });

  test.each(everyMessenger)('is sent once more where its process died, and comes once: $name', async ({ name }) => {
    await work(name);
    await aTask();
    await tell();
    const longAgo = new Date(Date.now() - 60_000);
    await database.owner('staff_letter').update({ outcome: null, finished_at: null, started_at: longAgo });
    await database.owner('staff_message').update({ status: 'pending', closed_at: null, send_after: new Date() });
    await tell();
    expect(await letters()).toMatchObject([{ outcome: null }, { outcome: 'accepted' }]);
    expect(await cards()).toHaveLength(1);
  });

  test.each(everyMessenger)(
    'waits for a setting, and is sent as soon as a process starts with the right one: $name',
    async ({ name, wrong, refusedAs }) => {
      await work(name);
      // Where the token is asked for with the wrong secret, none is kept from before.
      await database.owner('wechat_token').delete();
      await aTask();
      await tell(undefined, { ...deps, messengers: messengersOf(wrong) });
      expect(await messages()).toMatchObject([{ status: 'pending' }]);
      expect(await letters()).toMatchObject([{ fault: 'misconfigured', code: refusedAs }]);
      await database.owner('staff_message').update({ send_after: new Date(Date.now() + 3_600_000) });
      const rounds = tellStaff(deps, { log, every: 20 });
      try {
        await until(async () => (await cards()).length === 1, 'it came');
      } finally {
        await rounds.stop();
      }
    },
  );

  test.each(everyMessenger)(
    'to somebody who is gone marks the binding: it is left alone, admins see who it is, the ladder need not wait: $name',
    async ({ name }) => {
      await work(name);
      await partners.officeUser(name, user, true);
      await aTask();
      await tell();
      expect(await messages()).toMatchObject([{ status: 'failed' }]);
      const contact = await staffContact(database.db, house.cipher, approver);
      expect(contact.messengers).toMatchObject([{ messenger: name, user, fault: 'no_user' }]);
      expect(await unreachedStaff(database.db, 10)).toMatchObject([
        { staff: approver, failed: 1, messengerFaults: [{ messenger: name, since: expect.any(Date) }] },
      ]);
      expect(await database.db('unreachable_staff').pluck('staff_id')).toEqual([approver]);
      await aTask();
      await tell();
      expect(await cards()).toEqual([]);
      await partners.officeUser(name, user);
      await retryStaffMessenger(database.db, approver, name);
      expect(await database.db('unreachable_staff').pluck('staff_id')).toEqual([]);
      await aTask();
      await tell();
      expect(await cards()).toHaveLength(1);
    },
  );
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
