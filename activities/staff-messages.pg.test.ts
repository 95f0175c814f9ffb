import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { seedDemo } from '../bin/seed.ts';
import { minute, parseLocalDateTime } from '../domain/time.ts';
import { mailSchema, readSettings, wechatSchema } from '../platform/config.ts';
import { createBlindIndex, createFieldCipher } from '../platform/crypto.ts';
import { createLog } from '../platform/log.ts';
import { createMail } from '../platform/mail.ts';
import { createWechat } from '../platform/wechat.ts';
import { waitingTasks } from '../store/approval/announced-task.ts';
import { keepDecision } from '../store/approval/decision.ts';
import { findTaskLink, makeTaskLink } from '../store/approval/task-link.ts';
import { accessTokenStore } from '../store/messages/access-token.ts';
import {
  bindStaffWechat,
  recordStaffFollowing,
  retryStaffWechat,
  saveStaffContact,
  staffContact,
} from '../store/messages/staff-contact.ts';
import { unreachedStaff } from '../store/messages/staff-fault.ts';
import { recordBounce, recordWechatReceipt } from '../store/messages/staff-letter.ts';
import { queueDigests, stillTheirs } from '../store/messages/staff-message.ts';
import { keepTaskNews } from '../store/messages/task-news.ts';
import { testKeys } from '../testing/keys.ts';
import { type TestPartners, testPartners } from '../testing/partners.ts';
import { freshDatabase, type TestDatabase } from '../testing/postgres.ts';
import { aWaitingTask, type House, somebody, type Wish } from '../testing/reservations.ts';
import { until } from '../testing/until.ts';
import { tellStaff } from './staff-messages.ts';

let database: TestDatabase;
let partners: TestPartners;
let house: House;
let deps: Parameters<typeof tellStaff>[0];
let approver: string;
const log = createLog('test', 'silent');
/** A Friday. */
const byDay = parseLocalDateTime('2126-11-29T10:30') as Date;

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
    messengers: {},
    publicUrl: 'http://127.0.0.1:9',
  };
  approver = (await database.owner('staff').where({ username: 'approver' }).first()).id;
});
afterAll(async () => {
  await partners?.stop();
  await database?.drop();
});

let email: string;
const options = { language: 'zh-CN', digest: false, quiet: false } as const;
beforeEach(async () => {
  await partners.fault('mail.send', 'none');
  await database.owner('staff_message').delete();
  await database.owner('staff_letter').delete();
  await database.owner('task').update({ status: 'withdrawn', closed_at: new Date() });
  email = `${randomUUID()}@example.edu`;
  await database.owner('staff_contact').delete();
  await saveStaffContact(database.db, house.cipher, approver, { ...options, email });
});

let phone = 13_000_000_100;
const newcomer = () => ({ ...somebody, phone: String(++phone), document: `11019919900101${String(phone).slice(-4)}` });
/** A visit that waits, told in the transaction that wrote its task. */
async function aTask(wish: Wish = {}) {
  const waiting = await aWaitingTask(house, { who: newcomer(), ...wish });
  await keepTaskNews(database.db, waiting);
  return waiting;
}

/** One worker, until nothing is due any more. The database counts parts of a millisecond, which a date leaves out. */
async function tell(now: Date = new Date(Date.now() + 1), by = deps): Promise<void> {
  const rounds = tellStaff(by, { log, every: 20, now: () => now });
  const due = () => database.db('staff_message').where({ status: 'pending' }).where('send_after', '<=', now);
  try {
    await until(async () => (await due()).length === 0, 'nothing is due');
  } finally {
    await rounds.stop();
  }
}
const messages = () => database.db('staff_message').orderBy('id');
const mails = () => partners.mails(email);
/** Each task's line is followed by the address of its page, and nothing decides without a login. */
function leadsTo(mail: { text: string; html: string } | undefined, tasks: { task: string }[]): void {
  for (const { task } of tasks) {
    expect(mail?.text).toMatch(new RegExp(`欧\\*\\*满 · .*\nhttp://127\\.0\\.0\\.1:9/inbox/${task}$`, 'm'));
    expect(mail?.html).toMatch(new RegExp(`href="http://127\\.0\\.0\\.1:9/inbox/${task}"[^>]*>欧\\*\\*满 · `));
  }
  expect(mail?.text).not.toContain('/t/');
}

describe('an approver', () => {
  test('is told of a task once, with masked names and its deadline, however often it is written', async () => {
    const waiting = await aTask();
    await keepTaskNews(database.db, waiting);
    await keepTaskNews(database.db);
    await Promise.all([tell(), tell()]);
    await tell();
    const [mail, ...more] = await mails();
    expect(more).toEqual([]);
    expect(mail?.to).toContain(`<${email}>`);
    expect(mail?.subject).toMatch(/^来访待审批：欧\*\*满，/);
    expect(mail?.text).toContain(`http://127.0.0.1:9/inbox/${waiting.task}`);
    expect(mail?.html).toContain(`href="http://127.0.0.1:9/inbox/${waiting.task}"`);
    for (const told of [mail?.text, mail?.html, mail?.subject]) expect(told).not.toMatch(/欧阳小满|11019|130000|京A/);
    expect(await messages()).toMatchObject([{ kind: 'task_opened', status: 'sent', staff_id: approver }]);
    expect(JSON.stringify(await database.owner('staff_contact'))).not.toContain(email.slice(0, 12));
  });

  test('reads English where they chose it', async () => {
    await saveStaffContact(database.db, house.cipher, approver, { ...options, email, language: 'en' });
    await aTask();
    await tell();
    expect((await mails())[0]?.text).toMatch(/^A visit waits for your decision\./);
  });

  test('is reminded once a reminder, and told when it is taken back', async () => {
    const waiting = await aTask();
    await tell();
    await database.owner('task').where({ id: waiting.task }).update({ nudges: 1, nudged_at: new Date() });
    await keepTaskNews(database.db, waiting);
    await keepTaskNews(database.db, waiting);
    await tell();
    await database.owner('task').where({ id: waiting.task }).update({ status: 'withdrawn', closed_at: new Date() });
    await keepTaskNews(database.db, waiting);
    await tell();
    expect((await messages()).map(({ kind, status }) => `${kind} ${status}`)).toEqual([
      'task_opened sent',
      'task_reminded sent',
      'task_withdrawn sent',
    ]);
    expect((await mails())[1]?.subject).toMatch(/^催办：/);
  });

  test('whose task is open again since a signature was taken back is told and reminded of it once more', async () => {
    const waiting = await aTask();
    const is = async (change: object) => {
      await database.owner('task').where({ id: waiting.task }).update(change);
      for (const of of [waiting, waiting, undefined]) await keepTaskNews(database.db, of);
      await tell();
    };
    /** Enough signed without this one; then one of them took it back, and was told in the timeline. */
    const takenBack = async (seq: number) => {
      await is({ status: 'withdrawn', closed_at: new Date() });
      const at = new Date();
      const line = { kind: 'decision_withdrawn', actor_kind: 'staff', actor_id: approver, reference: randomUUID(), at };
      await database.owner('timeline').insert({ reservation_id: waiting.reservation, seq, n: 0, ...line });
      await is({ status: 'open', closed_at: null, opened_at: at, rung: 0 });
    };
    await tell();
    await is({ nudges: 1 });
    await is({ rung: 1 });
    await takenBack(5);
    await is({ rung: 1 });
    await takenBack(6);
    await is({ nudges: 2 });
    await is({ status: 'withdrawn', closed_at: new Date() });
    const all = ['opened', 'reminded', 'reminded', 'withdrawn', 'opened', 'reminded', 'withdrawn'];
    all.push('opened', 'reminded', 'withdrawn');
    expect((await messages()).map(({ kind, status }) => `${kind} ${status}`)).toEqual(
      all.map((news) => `task_${news} sent`),
    );
    expect(await mails()).toHaveLength(all.length);
  });

  test('whose task waits for an earlier step once more is told so, and asked again in its turn', async () => {
    const waiting = await aTask();
    const is = async (change: object) => {
      await database.owner('task').where({ id: waiting.task }).update(change);
      for (const of of [waiting, undefined]) await keepTaskNews(database.db, of);
      await tell();
    };
    await tell();
    for (const [seq, kind] of ['decision_withdrawn', 'returned_to_step'].entries()) {
      const at = new Date();
      const line = { kind, actor_kind: 'staff', actor_id: approver, reference: randomUUID(), at };
      await database.owner('timeline').insert({ reservation_id: waiting.reservation, seq: seq + 5, n: 0, ...line });
      await is({ status: 'withdrawn', closed_at: at });
      await is({ status: 'open', closed_at: null, opened_at: new Date() });
    }
    const news = ['opened', 'withdrawn', 'opened', 'withdrawn', 'opened'];
    const told = async () => (await messages()).map(({ kind, status }) => `${kind} ${status}`);
    expect(await told()).toEqual(news.map((one) => `task_${one} sent`));
    // Sent back to this very step: opened at once, and the mail says so.
    const at = new Date();
    const line = { kind: 'returned_to_step', actor_kind: 'staff', actor_id: approver, reference: randomUUID(), at };
    await database.owner('timeline').insert({ reservation_id: waiting.reservation, seq: 9, n: 0, ...line });
    await is({ opened_at: at });
    expect(await told()).toEqual([...news, 'opened'].map((one) => `task_${one} sent`));
    const texts = (await mails()).map(({ text }) => text.includes('后面的步骤退回了这项审批'));
    expect(texts.toSorted()).toEqual([false, false, false, false, false, true]);
  });

  test('whom an earlier release told of a task that was open again is told no second time', async () => {
    const waiting = await aTask();
    const at = new Date();
    await database.owner('task').where({ id: waiting.task }).update({ opened_at: at, nudges: 1 });
    const line = { kind: 'decision_withdrawn', actor_kind: 'staff', actor_id: approver, reference: randomUUID(), at };
    await database.owner('timeline').insert({ reservation_id: waiting.reservation, seq: 5, n: 0, ...line });
    const reminder = { staff_id: approver, kind: 'task_reminded', task_id: waiting.task };
    await database.owner('staff_message').insert({ ...reminder, key: `${waiting.task}/reminded/1.0/${approver}` });
    await tell();
    await keepTaskNews(database.db, waiting);
    expect(await messages()).toHaveLength(2);
    await database.owner('task').where({ id: waiting.task }).update({ nudges: 2 });
    await keepTaskNews(database.db, waiting);
    expect((await messages()).map(({ kind }) => kind)).toEqual(['task_opened', 'task_reminded', 'task_reminded']);
  });

  test('hears that a task changed hands, and its next owner hears of it', async () => {
    const other = (await database.owner('staff').where({ username: 'approver2' }).first()).id;
    const theirs = `${randomUUID()}@example.edu`;
    const waiting = await aTask();
    await tell();
    await database.owner('staff_contact').where({ staff_id: other }).delete();
    await saveStaffContact(database.db, house.cipher, other, { ...options, email: theirs });
    await database
      .owner('staff_contact')
      .where({ staff_id: other })
      .update({ email_since: new Date(0) });
    await database
      .owner('task')
      .where({ id: waiting.task })
      .update({ people: [other] });
    await keepTaskNews(database.db, waiting);
    await tell();
    expect((await mails()).map(({ subject }) => subject.split('：')[0])).toEqual(['无需处理', '来访待审批']);
    expect((await partners.mails(theirs)).map(({ subject }) => subject.split('：')[0])).toEqual(['来访待审批']);
  });

  test('hears nothing of what somebody else decided before the mail went', async () => {
    const waiting = await aTask();
    await database.owner('task').where({ id: waiting.task }).update({ status: 'approved', closed_at: new Date() });
    await tell();
    expect(await mails()).toEqual([]);
    expect(await messages()).toMatchObject([{ status: 'overtaken' }]);
  });

  test('with many at once gets one mail', async () => {
    const all = [await aTask(), await aTask(), await aTask(), await aTask(), await aTask()];
    await tell();
    const [mail, ...more] = await mails();
    expect(more).toEqual([]);
    expect(mail?.subject).toBe('来访待审批：5 件');
    leadsTo(mail, all);
    expect((await messages()).every(({ status }) => status === 'sent')).toBe(true);
  });

  test('with many at once reads in one mail what waits, and what changed hands or was called off', async () => {
    const other = (await database.owner('staff').where({ username: 'approver2' }).first()).id;
    const set = (task: string, change: object) => database.owner('task').where({ id: task }).update(change);
    const [moved, withdrawn] = [await aTask(), await aTask()];
    await tell();
    expect(await mails()).toHaveLength(2);
    await set(moved.task, { people: [other] });
    await set(withdrawn.task, { status: 'withdrawn', closed_at: new Date() });
    const copied = await aWaitingTask(house, { who: newcomer() });
    await set(copied.task, { people: [other] });
    await keepTaskNews(database.db, moved);
    await keepTaskNews(database.db, withdrawn);
    const copy = { staff_id: approver, kind: 'task_copied', task_id: copied.task, reservation_id: copied.reservation };
    await database.owner('staff_message').insert({ ...copy, key: `${copied.task}/copied/${approver}` });
    await aTask();
    await tell();
    const [summary] = await mails();
    expect(summary?.subject).toBe('来访待审批：1 件');
    const headed = (heading: RegExp) =>
      summary?.text
        .split('\n\n')
        .find((part) => heading.test(part))
        ?.split('\n').length;
    for (const heading of [/^抄送您知悉/, /^已转由他人审批/, /^已被撤销/]) expect(headed(heading)).toBe(2);
    expect((await messages()).every(({ status }) => status === 'sent')).toBe(true);
  });

  test('reads of many that were called off, also when nothing waits any more', async () => {
    const all = [await aTask(), await aTask(), await aTask(), await aTask()];
    await tell();
    for (const waiting of all) {
      await database.owner('task').where({ id: waiting.task }).update({ status: 'withdrawn', closed_at: new Date() });
      await keepTaskNews(database.db, waiting);
    }
    await tell();
    const [news, , ...more] = await mails();
    expect(more).toEqual([]);
    expect(news?.subject).toBe('来访审批变动：4 件');
    expect(news?.text).toMatch(/已被撤销.*(?:\n欧\*\*满 · .*){4}/);
    expect((await messages()).filter(({ kind }) => kind === 'task_withdrawn')).toHaveLength(4);
    expect((await messages()).every(({ status }) => status === 'sent')).toBe(true);
  });

  test('reads no copy of what was decided meanwhile', async () => {
    const decided = await aTask();
    await tell();
    await database.owner('task').where({ id: decided.task }).update({ status: 'approved', closed_at: new Date() });
    const copy = { staff_id: approver, kind: 'task_copied', task_id: decided.task, key: `${decided.task}/copied` };
    await database.owner('staff_message').insert(copy);
    await tell();
    expect((await messages()).map(({ status }) => status)).toEqual(['sent', 'overtaken']);
  });

  test('who has no address yet is told nothing, and a new address is not flooded with what waited before', async () => {
    await database.owner('staff_contact').delete();
    await aTask();
    await saveStaffContact(database.db, house.cipher, approver, { ...options, email });
    await keepTaskNews(database.db);
    expect(await messages()).toEqual([]);
  });

  test('is told in WeChat too where it is bound, and there alone where mail is refused', async () => {
    const { openid } = await partners.person({ nickname: '王老师' });
    await bindStaffWechat(database.db, house, approver, openid);
    const waiting = await aTask();
    await tell();
    expect((await partners.wechat(openid))[0]).toMatchObject({ template: 'task', title: '来访预约待审批提醒' });
    expect((await partners.wechat(openid))[0]?.url).toBe(`http://127.0.0.1:9/inbox/${waiting.task}`);
    expect(await mails()).toHaveLength(1);
    await partners.fault('mail.send', 'refuse', 1);
    await aTask();
    await tell();
    expect(await partners.wechat(openid)).toHaveLength(2);
    expect((await messages()).map(({ status }) => status)).toEqual(['sent', 'sent']);
    expect(await unreachedStaff(database.db, 10)).toMatchObject([{ staff: approver, fault: 'refused', failed: 0 }]);
    await aTask();
    await tell();
    expect(await mails()).toHaveLength(1);
  });
});

describe('a WeChat', () => {
  const unreachable = () => database.db('unreachable_staff').pluck('staff_id');
  /** Of the approver, who has no address. */
  async function alone(way: { following?: boolean; blocking?: boolean }): Promise<string> {
    await database.owner('staff_contact').delete();
    const { openid } = await partners.person({ nickname: '王老师' });
    await bindStaffWechat(database.db, house, approver, openid);
    await database.owner('staff_contact').update({ quiet: false, digest: false });
    await partners.person({ openid, ...way });
    return openid;
  }

  test('of somebody who does not follow is left alone, until they follow again', async () => {
    const openid = await alone({ following: false });
    await aTask();
    await tell();
    expect(await messages()).toMatchObject([{ status: 'failed' }]);
    expect(await unreachable()).toEqual([approver]);
    expect(await unreachedStaff(database.db, 10)).toMatchObject([{ staff: approver, wechatFault: 'not_following' }]);
    await aTask();
    await tell();
    expect(await database.db('staff_letter'), 'nothing is tried again').toHaveLength(1);
    await partners.person({ openid, following: true });
    const { wechat_fault_at: since } = await database.db('staff_contact').first();
    const word = (follows: boolean, at: Date) =>
      recordStaffFollowing(database.db, house.index, { openid, follows, at });
    await word(true, new Date(since.getTime() - 1));
    expect(await unreachable(), 'a word of before').toEqual([approver]);
    await word(true, new Date(since.getTime() + 1));
    expect(await unreachable()).toEqual([]);
    await aTask();
    await tell();
    expect(await partners.wechat(openid)).toHaveLength(1);
    await word(false, new Date());
    expect(await unreachable(), 'at once, before anything is sent').toEqual([approver]);
  });

  test('of somebody who refuses messages is left alone once WeChat says so, and its owner may have it tried again', async () => {
    const openid = await alone({});
    await aTask();
    await tell();
    const { provider_id: id } = await database.db('staff_letter').first();
    await recordWechatReceipt(database.db, id, 'system_failed');
    expect(await unreachable(), 'it was not the person').toEqual([]);
    await aTask();
    await tell();
    const letter = await database.db('staff_letter').whereNull('receipt').first();
    await recordWechatReceipt(database.db, letter.provider_id, 'user_block');
    expect(await unreachable()).toEqual([approver]);
    await retryStaffWechat(database.db, approver);
    await aTask();
    await tell();
    expect(await partners.wechat(openid)).toHaveLength(3);
    await recordWechatReceipt(database.db, letter.provider_id, 'user_block');
    expect(await unreachable(), 'the first receipt counts').toEqual([]);
  });

  test('waits for the morning as a mail does', async () => {
    const openid = await alone({});
    await database.owner('staff_contact').update({ quiet: true });
    await aTask();
    await tell(parseLocalDateTime('2126-11-29T23:30') as Date);
    expect(await partners.wechat(openid)).toEqual([]);
    expect(await messages()).toMatchObject([{ status: 'pending' }]);
  });
});

describe('an address', () => {
  const kept = () => database.db('staff_contact').where({ staff_id: approver }).first();

  test('that is saved again as it was stays as it was: what was opened for it is told, and its links open', async () => {
    const before = await kept();
    const waiting = await aWaitingTask(house, { who: newcomer() });
    const token = (await makeTaskLink(database.db, { staff: approver, task: waiting.task, sentTo: 'a***' })) ?? '';
    await saveStaffContact(database.db, house.cipher, approver, { ...options, email, language: 'en' });
    const { language: _language, ...same } = before;
    expect(await kept()).toEqual({ ...same, language: 'en' });
    await keepTaskNews(database.db, waiting);
    await tell();
    expect(await mails()).toHaveLength(1);
    expect((await findTaskLink(database.db, token))?.good).toBe(true);
  });

  test('that is another forgets the unused links that went to the old one', async () => {
    const [waiting, used] = [await aTask(), await aTask()];
    const linkTo = async (task: string) =>
      (await makeTaskLink(database.db, { staff: approver, task, sentTo: 'a***' })) ?? '';
    const [token, spent] = [await linkTo(waiting.task), await linkTo(used.task)];
    await database.owner('task_link').where({ task_id: used.task }).update({ used_at: new Date() });
    await saveStaffContact(database.db, house.cipher, approver, { ...options, email: `new.${email}` });
    expect(await findTaskLink(database.db, token)).toBeUndefined();
    expect(await findTaskLink(database.db, spent)).toMatchObject({ good: false });
  });
});

test('what was called off is nobody’s to decide, also before its row says so', async () => {
  const gone = await aTask();
  await database.owner('request').insert({
    id: randomUUID(),
    reservation_id: gone.reservation,
    kind: 'cancel',
    actor_kind: 'visitor',
    actor_id: gone.visitor,
    payload: '{}',
    status: 'answered',
    answer: JSON.stringify({ ok: true, stage: 'closed', seq: 9 }),
    answered_at: new Date(),
  });
  const { db } = database;
  expect(await waitingTasks(db, house.cipher, approver, 10)).toEqual({ tasks: [], count: 0 });
  expect(await stillTheirs(db, approver, [gone.task])).toEqual(new Set());
  expect(await makeTaskLink(db, { staff: approver, task: gone.task, sentTo: 'a***' })).toBeUndefined();
  await saveStaffContact(db, house.cipher, approver, { ...options, email, digest: true });
  await queueDigests(db, '2126-11-29');
  expect(await messages()).toMatchObject([{ kind: 'task_opened' }]);
  await tell();
  expect(await mails()).toEqual([]);
  expect(await messages()).toMatchObject([{ status: 'overtaken' }]);
});

describe('a mail that does not arrive', () => {
  const [message, letters] = [() => messages().first(), () => database.db('staff_letter').orderBy('started_at')];
  /** By a server that is set as the change says. */
  const mailedBy = (change: (url: URL) => void) => {
    const url = new URL(partners.env.SMTP_URL ?? '');
    change(url);
    return { ...deps, mail: createMail(readSettings(mailSchema, { ...partners.env, SMTP_URL: url.href })) };
  };
  /** Minutes from a try to the next one. @returns when that is, and the pause */
  async function tryAt(at: Date, by = deps) {
    await tell(at, by);
    const next: Date = (await message()).send_after;
    return { next, pause: (next.getTime() - at.getTime()) / minute };
  }

  test('is tried again at growing pauses until its task can be decided no more', async () => {
    await partners.fault('mail.send', 'busy');
    const start = Date.now();
    await aTask({ decideBy: new Date(start + 200 * minute) });
    let at = new Date(start + minute);
    const pauses = [];
    for (let tries = 1; tries <= 6; tries += 1) {
      const { next, pause } = await tryAt(at);
      pauses.push(pause);
      at = next;
    }
    // The last one ends with the time to decide.
    expect(pauses).toEqual([1, 5, 15, 60, 60, 58]);
    expect(await letters()).toHaveLength(6);
    await tell(at);
    expect(await message()).toMatchObject({ status: 'failed' });
    expect(await letters()).toHaveLength(6);
  });

  test('waits for a setting, and is sent as soon as a process starts with the right one', async () => {
    const wrong = mailedBy((url) => {
      url.password = 'wrong';
    });
    await aTask();
    const { next } = await tryAt(new Date(), wrong);
    expect((await tryAt(next, wrong)).pause).toBe(5);
    expect(await message()).toMatchObject({ status: 'pending' });
    const rounds = tellStaff(deps, { log, every: 20, now: () => new Date(next.getTime() + 1_000) });
    await until(async () => (await message()).status === 'sent', 'the message is sent').finally(() => rounds.stop());
    expect(await mails()).toHaveLength(1);
  });

  test('because nobody was there spends no try', async () => {
    const away = mailedBy((url) => {
      url.port = '9';
    });
    await aTask();
    let at = new Date();
    for (let tries = 1; tries <= 3; tries += 1) {
      const { next, pause } = await tryAt(at, away);
      expect(pause).toBe(1);
      at = next;
    }
    expect(await letters()).toMatchObject([{ fault: 'unreachable' }]);
    await partners.fault('mail.send', 'busy', 1);
    expect((await tryAt(at)).pause).toBe(1);
  });

  test('is no reason to send a summary less, or a message twice', async () => {
    const { openid } = await partners.person({ nickname: '王老师' });
    await bindStaffWechat(database.db, house, approver, openid);
    await partners.fault('wechat.send', 'busy', 1);
    await aTask();
    await tell();
    expect([await message(), await mails()]).toMatchObject([{ status: 'pending' }, [{}]]);
    for (let at = 0; at < 3; at += 1) await aTask();
    await tell(new Date(Date.now() + 61_000));
    expect((await mails()).map(({ subject }) => subject)).toEqual([
      '来访待审批：4 件',
      expect.stringMatching(/^来访待审批：欧/),
    ]);
    expect(await partners.wechat(openid)).toHaveLength(1);
    expect((await messages()).map(({ status }) => status)).toEqual(['sent', 'sent', 'sent', 'sent']);
    const [first] = await messages();
    const its = await database
      .db('staff_letter as l')
      .join('staff_letter_message as b', 'b.letter_id', 'l.id')
      .where('b.message_id', first.id);
    expect(its.map(({ channel, outcome }) => `${channel} ${outcome}`).sort()).toEqual([
      'mail accepted',
      'wechat accepted',
      'wechat refused',
    ]);
  });

  test('on one channel does not keep back what is new from those who were told by the other', async () => {
    const { openid } = await partners.person({ nickname: '王老师' });
    await bindStaffWechat(database.db, house, approver, openid);
    await partners.fault('mail.send', 'busy', 1);
    const waiting = await aTask();
    await tell();
    expect(await message()).toMatchObject({ status: 'pending' });
    await database.owner('task').where({ id: waiting.task }).update({ status: 'withdrawn', closed_at: new Date() });
    await keepTaskNews(database.db, waiting);
    expect((await messages()).map(({ kind }) => kind)).toEqual(['task_opened', 'task_withdrawn']);
  });

  test('is tried again when the server was busy, and not when its answer was lost', async () => {
    await partners.fault('mail.send', 'busy', 1);
    await aTask();
    await tell();
    expect(await messages()).toMatchObject([{ status: 'pending' }]);
    await tell(new Date(Date.now() + 61_000));
    expect(await mails()).toHaveLength(1);
    await partners.fault('mail.send', 'lose', 1);
    await aTask();
    await tell();
    await tell(new Date(Date.now() + 61_000));
    expect(await mails()).toHaveLength(2);
    expect((await messages()).map(({ status }) => status)).toEqual(['sent', 'failed']);
  });

  test('marks an address that refuses: nothing goes there until it is entered anew, and admins see who it is', async () => {
    await partners.fault('mail.send', 'refuse', 1);
    await aTask();
    await tell();
    expect(await messages()).toMatchObject([{ status: 'failed' }]);
    expect(await staffContact(database.db, house.cipher, approver)).toMatchObject({ emailFault: 'refused' });
    expect(await unreachedStaff(database.db, 10)).toMatchObject([{ staff: approver, fault: 'refused', failed: 1 }]);
    expect(await database.db('unreachable_staff').pluck('staff_id')).toEqual([approver]);
    await aTask();
    await tell();
    expect(await messages()).toHaveLength(1);
    await saveStaffContact(database.db, house.cipher, approver, { ...options, email });
    await aTask();
    await tell();
    expect(await mails()).toHaveLength(1);
    expect(await unreachedStaff(database.db, 10)).toEqual([]);
  });

  test('comes back: the message failed, and the address is marked unless it was entered anew since', async () => {
    await aTask();
    await tell();
    const [{ messageId = '' } = {}] = await mails();
    expect(await recordBounce(database.db, '<nobody@example>', '5.1.1')).toBe(false);
    expect(await recordBounce(database.db, messageId, '5.1.1')).toBe(true);
    expect(await messages()).toMatchObject([{ status: 'failed' }]);
    expect(await staffContact(database.db, house.cipher, approver)).toMatchObject({ emailFault: 'bounced' });
    await saveStaffContact(database.db, house.cipher, approver, { ...options, email });
    await recordBounce(database.db, messageId, '5.1.1');
    expect(await staffContact(database.db, house.cipher, approver)).toMatchObject({ emailFault: null });
  });

  test('and is reported before the server said that it took it: the message failed all the same', async () => {
    const early = {
      ...deps,
      mail: {
        ...deps.mail,
        async send(...mail: Parameters<typeof deps.mail.send>) {
          const sent = await deps.mail.send(...mail);
          if (sent.ok) await recordBounce(database.db, sent.messageId, '5.1.1');
          return sent;
        },
      },
    };
    await aTask();
    await tell(new Date(), early);
    expect(await messages()).toMatchObject([{ status: 'failed' }]);
    expect(await staffContact(database.db, house.cipher, approver)).toMatchObject({ emailFault: 'bounced' });
  });
});

describe('at night and in the morning', () => {
  const night = parseLocalDateTime('2126-11-28T23:00') as Date;
  const eight = parseLocalDateTime('2126-11-29T08:00') as Date;
  const before = new Date(eight.getTime() - 1);

  test('nothing comes by itself; the digest brings it, once', async () => {
    await saveStaffContact(database.db, house.cipher, approver, { ...options, email, digest: true, quiet: true });
    const both = [await aTask(), await aTask()];
    await tell(night);
    await tell(before);
    expect(await mails()).toEqual([]);
    await tell(eight);
    await tell(byDay);
    const [mail, ...more] = await mails();
    expect(more).toEqual([]);
    expect(mail?.subject).toBe('今日待审批：2 件');
    leadsTo(mail, both);
    expect((await messages()).every(({ status }) => status === 'sent')).toBe(true);
  });

  test('whoever wants no digest has it at seven, and whoever wants no quiet at once', async () => {
    await saveStaffContact(database.db, house.cipher, approver, { ...options, email, quiet: true });
    await aTask();
    await tell(night);
    expect(await mails()).toEqual([]);
    await tell(parseLocalDateTime('2126-11-29T07:00') as Date);
    expect(await mails()).toHaveLength(1);
    await saveStaffContact(database.db, house.cipher, approver, { ...options, email });
    await aTask();
    await tell(night);
    expect(await mails()).toHaveLength(2);
  });

  test('a digest of nothing is not sent', async () => {
    await saveStaffContact(database.db, house.cipher, approver, { ...options, email, digest: true });
    await tell(eight);
    expect(await messages()).toEqual([]);
  });
});

test('many people are told at the same time, by four connections to the mail server at most', async () => {
  let [now, most] = [0, 0];
  // Nobody is answered before four are there, and a fifth has a moment to come too.
  const four = Promise.withResolvers<void>();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    closeTimeout: 100,
    onConnect(_session, done) {
      now += 1;
      most = Math.max(most, now);
      if (now === 4) setTimeout(four.resolve, 100);
      done();
    },
    onClose() {
      now -= 1;
    },
    onData: (stream, _session, done) => void stream.on('end', () => four.promise.then(() => done())).resume(),
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  const settings = { ...partners.env, SMTP_URL: `smtp://127.0.0.1:${port}` };
  const by = { ...deps, mail: createMail(readSettings(mailSchema, settings), 5_000) };
  const people = Array.from({ length: 12 }, () => randomUUID());
  try {
    for (const id of people) {
      await database.owner('staff').insert({ id, username: `s${id.slice(0, 8)}`, password_hash: '-', name: '李明' });
      await saveStaffContact(database.db, house.cipher, id, { ...options, email: `${id}@example.edu` });
    }
    const { task, reservation } = await aTask();
    await database.owner('task').where({ id: task }).update({ people });
    await keepTaskNews(database.db, { reservation });
    await tell(new Date(), by);
    expect((await messages()).filter(({ status }) => status === 'sent')).toHaveLength(12);
    expect(most).toBe(4);
  } finally {
    await new Promise<void>((resolve) => server.close(resolve));
    await database.owner('staff').whereIn('id', people).update({ left_at: new Date() });
  }
});

test('no look-up reads a whole table of messages, letters, requests or decisions', async () => {
  const waiting = await aTask();
  const token = (await makeTaskLink(database.db, { staff: approver, task: waiting.task, sentTo: 'a***' })) ?? '';
  const request = randomUUID();
  const decision = {
    request,
    reservation: waiting.reservation,
    staff: approver,
    verdict: 'approved',
    reason: '',
  } as const;
  await database.owner('request').insert({
    id: request,
    reservation_id: waiting.reservation,
    kind: 'decide',
    actor_kind: 'staff',
    actor_id: approver,
    payload: JSON.stringify({ task: waiting.task, verdict: 'approved' }),
  });
  const asked: { sql: string; bindings: unknown[] }[] = [];
  const listen = (query: { sql: string; bindings: unknown[] }) => asked.push(query);
  database.db.on('query', listen);
  await recordWechatReceipt(database.db, 'nobody', 'success');
  await findTaskLink(database.db, token);
  await keepDecision(database.db, house.cipher, decision);
  await unreachedStaff(database.db, 10);
  database.db.removeListener('query', listen);
  // What a letter or a member of staff that goes takes along.
  for (const sql of ['staff_letter_message where letter_id = $1', 'staff_message where staff_id = $1'])
    asked.push({ sql: `select from ${sql}`, bindings: [request] });
  const plans = new pg.Client({ connectionString: database.url });
  await plans.connect();
  try {
    // However few the rows are: a whole table is read where nothing else is possible.
    await plans.query('set enable_seqscan = off');
    const read = asked.filter(({ sql }) => /^\s*(?:select|insert into \S+ \(.*select|update)/i.test(sql));
    expect(read.length).toBeGreaterThan(6);
    let all = '';
    for (const { sql, bindings } of read) {
      const { rows } = await plans.query(`explain ${sql}`, bindings);
      all += rows.map((row) => row['QUERY PLAN']).join('\n');
    }
    expect(all).not.toMatch(/Seq Scan on (?:staff_message|staff_letter|staff_letter_message|request|decision|task)\b/);
    for (const index of ['staff_letter_provider', 'staff_letter_message_letter', 'staff_message_staff'])
      expect(all).toMatch(new RegExp(`(?:using|on) ${index}\\b`));
    expect(all).toMatch(/(?:using|on) decision_reservation\b.*\n\s*Index Cond: \(reservation_id = '/);
  } finally {
    await plans.end();
  }
});

test('somebody not seen leaving is told of to the host by day, to the security desk at any hour, and as long as it is so', async () => {
  const { reservation } = await aWaitingTask(house, { who: newcomer() });
  const stays = (overstay: number) =>
    database.owner('reservation').where({ id: reservation }).update({ stage: 'visit', overstay });
  const keep = (kind: string) =>
    database
      .owner('staff_message')
      .insert({ staff_id: approver, kind, key: randomUUID(), reservation_id: reservation });
  await saveStaffContact(database.db, house.cipher, approver, { ...options, quiet: true, email });
  await stays(1);
  await keep('visit_overstayed');
  await keep('overstay_at_desk');
  await tell(parseLocalDateTime('2126-11-29T23:30') as Date);
  const [desk, ...more] = await mails();
  expect(more).toEqual([]);
  expect(desk?.subject).toMatch(/^超时未离校：欧\*\*满/);
  expect(desk?.text).toContain(`http://127.0.0.1:9/staff/visits/${reservation}/departure`);
  expect(desk?.text).not.toContain(somebody.name);
  await tell(parseLocalDateTime('2126-11-30T10:30') as Date);
  expect((await mails()).map(({ subject }) => subject)).toContainEqual(expect.stringMatching(/^请确认离校：欧\*\*满/));

  await stays(0);
  await keep('overstay_at_desk');
  await tell(byDay);
  const told = (await messages()).filter(({ task_id }) => task_id === null);
  expect(told.map(({ status }) => status)).toEqual(['sent', 'sent', 'overtaken']);
  await database.owner('reservation').where({ id: reservation }).update({ stage: 'approval' });
});
