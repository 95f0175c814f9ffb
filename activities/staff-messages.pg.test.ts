import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { seedDemo } from '../bin/seed.ts';
import { parseLocalDateTime } from '../domain/time.ts';
import { mailSchema, readSettings, wechatSchema } from '../platform/config.ts';
import { createBlindIndex, createFieldCipher } from '../platform/crypto.ts';
import { createLog } from '../platform/log.ts';
import { createMail } from '../platform/mail.ts';
import { createWechat } from '../platform/wechat.ts';
import { waitingTasks } from '../store/approval/announced-task.ts';
import { keepDecision } from '../store/approval/decision.ts';
import { findTaskLink, makeTaskLink } from '../store/approval/task-link.ts';
import { bindStaffWechat, saveStaffContact, staffContact } from '../store/messages/staff-contact.ts';
import { unreachedStaff } from '../store/messages/staff-fault.ts';
import { recordBounce, recordWechatReceipt } from '../store/messages/staff-letter.ts';
import { queueDigests, stillTheirs } from '../store/messages/staff-message.ts';
import { keepTaskNews } from '../store/messages/task-news.ts';
import { wechatTokenStore } from '../store/messages/wechat-token.ts';
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
    mail: createMail(readSettings(mailSchema, partners.env), 1_000),
    wechat: createWechat(wechat, wechatTokenStore(database.db, house.cipher, wechat.WECHAT_APP_ID)),
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

/** One worker, until nothing is due any more. */
async function tell(now: Date = new Date(), by = deps): Promise<void> {
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
    for (let at = 0; at < 5; at += 1) await aTask();
    await tell();
    const [mail, ...more] = await mails();
    expect(more).toEqual([]);
    expect(mail?.subject).toBe('来访待审批：5 件');
    expect((await messages()).every(({ status }) => status === 'sent')).toBe(true);
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
    await aTask();
    await aTask();
    await tell(night);
    await tell(before);
    expect(await mails()).toEqual([]);
    await tell(eight);
    await tell(byDay);
    const [mail, ...more] = await mails();
    expect(more).toEqual([]);
    expect(mail?.subject).toBe('今日待审批：2 件');
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
