import { createHash, randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { messageKindNames, messageKinds } from '../domain/message-kinds.ts';
import { smsTemplates } from '../domain/sms-templates.ts';
import { createCodec } from '../platform/codec.ts';
import { readSettings, smsSchema, wechatSchema } from '../platform/config.ts';
import { createBlindIndex, createFieldCipher } from '../platform/crypto.ts';
import { createGateCodes } from '../platform/gate-codes.ts';
import { createLog } from '../platform/log.ts';
import { createMail } from '../platform/mail.ts';
import { createSms } from '../platform/sms.ts';
import { connectClient } from '../platform/temporal.ts';
import { createWechat } from '../platform/wechat.ts';
import { accessTokenStore } from '../store/messages/access-token.ts';
import { keepMessage, queueMessage } from '../store/messages/message.ts';
import { recordReceipt } from '../store/messages/message-attempt.ts';
import { undeliveredMessages } from '../store/messages/message-fault.ts';
import { writeSubmission } from '../store/reservations/submission.ts';
import { aCampus } from '../testing/campus.ts';
import { decided } from '../testing/decided.ts';
import { testKeys } from '../testing/keys.ts';
import { type TestPartners, testPartners } from '../testing/partners.ts';
import { freshDatabase, type TestDatabase } from '../testing/postgres.ts';
import { aSubmittedPerson, aSubmittedVisit } from '../testing/submitted.ts';
import { until } from '../testing/until.ts';
import { createActivities } from './create.ts';
import type { ActivityDeps } from './deps.ts';
import { followLateReceipts } from './late-receipts.ts';
import { sendQueued } from './queued-messages.ts';

describe('a message', () => {
  let database: TestDatabase;
  let partners: TestPartners;
  let deps: ActivityDeps;
  let activities: ReturnType<typeof createActivities>;
  let sealing: Parameters<typeof writeSubmission>[1];
  const ids = { campus: '', department: randomUUID(), reason: randomUUID(), notice: randomUUID() };

  beforeAll(async () => {
    const keys = await testKeys([]);
    [database, partners] = await Promise.all([freshDatabase(), testPartners()]);
    const wechat = readSettings(wechatSchema, partners.env);
    sealing = { cipher: createFieldCipher(keys.web.field), index: createBlindIndex(keys.web.index) };
    deps = {
      db: database.db,
      projections: database.db,
      cipher: sealing.cipher,
      passKeys: keys.worker.pass,
      gateCodes: createGateCodes(keys.worker.codec),
      wechat: createWechat(wechat, accessTokenStore(database.db, sealing.cipher, wechat.WECHAT_APP_ID)),
      sms: createSms(readSettings(smsSchema, partners.env)),
      mail: createMail({}),
      messengers: {},
      orders: { close: async () => false },
      publicUrl: 'http://127.0.0.1:9',
    };
    activities = createActivities(deps);
    const { owner } = database;
    ids.campus = (await aCampus(owner, {})).id;
    await owner('department').insert({ id: ids.department, campus_id: ids.campus, name_zh: '甲', name_en: 'A' });
    await owner('reason').insert({ id: ids.reason, name_zh: '乙', name_en: 'B', position: 1 });
    await owner('notice').insert({
      id: ids.notice,
      version: 1,
      kind: 'filling',
      title_zh: '须',
      title_en: 'N',
      body_zh: '…',
      body_en: '…',
      text_hash: createHash('sha256').digest(),
    });
  });
  afterAll(async () => {
    await partners.stop();
    await database.drop();
  });
  beforeEach(async () => {
    for (const target of ['wechat.send', 'wechat.token', 'sms.send']) await partners.fault(target, 'none');
  });

  /** An approved reservation with its pass, whose visitor has a phone and, on demand, a WeChat account. */
  async function aVisit(options: { following?: boolean; agreed?: boolean } = {}) {
    const [visitor, consent, person, reservation, submission] = Array.from({ length: 5 }, () => randomUUID()) as [
      string,
      string,
      string,
      string,
      string,
    ];
    const { owner } = database;
    const phone = `138${String(randomInt(1e8)).padStart(8, '0')}`;
    const openid = options.following === undefined ? undefined : (await partners.person(options)).openid;
    const seal = (column: string, text: string) =>
      sealing.cipher.seal({ table: 'visitor', column, row: visitor }, text);
    await owner('visitor').insert({
      id: visitor,
      phone_enc: seal('phone_enc', phone),
      phone_hash: sealing.index('phone', phone),
      ...(openid && { openid_enc: seal('openid_enc', openid), openid_hash: sealing.index('openid', openid) }),
    });
    await owner('consent').insert({
      id: consent,
      visitor_id: visitor,
      notice_id: ids.notice,
      purpose: 'personal_information',

      text_hash: Buffer.alloc(32),
      channel: 'browser',
    });
    if (openid && (options.agreed ?? true)) {
      const agreed = { visitor_id: visitor, notice_id: ids.notice, text_hash: Buffer.alloc(32), channel: 'wechat' };
      await owner('consent').insert({ ...agreed, purpose: 'wechat' });
    }
    const sealed = Buffer.alloc(1);
    await owner('person').insert({
      id: person,
      visitor_id: visitor,
      name_enc: sealed,
      sex: 'male',
      phone_enc: sealed,

      document_type: 'passport',
      document_enc: sealed,
      document_hash: sealed,
      document_tail_hash: sealed,
    });
    await owner('reservation').insert({ id: reservation, visitor_id: visitor, stage: 'details' });
    await database.db.transaction((trx) =>
      writeSubmission(
        trx,
        sealing,
        aSubmittedVisit({
          id: submission,
          reservation,
          campus: ids.campus,
          department: ids.department,
          reason: ids.reason,

          from: new Date(),
          until: new Date(Date.now() + 3_600_000),
          people: [aSubmittedPerson({ person, visitor, consent, phone })],
        }),
      ),
    );
    await owner('reservation')
      .where({ id: reservation })
      .update({ stage: 'visit', submission_id: submission, ordinals: [0] });
    await decided(owner, { reservation, submission });
    await activities.issuePasses({ reservation, submission, seq: 1, ordinals: [0] });
    const tell = (kind: 'approved' | 'cancelled' = 'approved') =>
      activities.notify({ reservation, kind, key: `${reservation}/${kind}/1` });
    const message = () => database.db('message').where({ reservation_id: reservation }).first();
    const attempts = async () =>
      database
        .db('message_attempt')
        .where({ message_id: (await message()).id })
        .orderBy('started_at');
    return { visitor, reservation, phone, openid, tell, message, attempts };
  }
  const close = (reservation: string) =>
    database
      .owner('reservation')
      .where({ id: reservation })
      .update({ stage: 'closed', outcome: 'cancelled', closed_at: new Date(0) });

  it.each(messageKindNames)('of the kind %s goes by its templates at WeChat and at the SMS provider', async (kind) => {
    const visit = await aVisit({ following: true });
    const { reservation, visitor } = visit;
    const { id } = await keepMessage(database.db, { reservation, visitor, kind, key: randomUUID() });
    expect(await activities.notify({ reservation, message: id })).toEqual({ channel: 'wechat' });
    const [card] = await partners.wechat(visit.openid);
    expect(card).toMatchObject({ template: kind, title: messageKinds[kind].wechat.title });
    expect(card?.url).toContain(messageKinds[kind].leadsTo === 'pass' ? '/passes/' : `/reservations/${reservation}`);
    expect(await activities.notify({ reservation, message: id, after: 'wechat' })).toEqual({ channel: 'sms' });
    const { values } = (await partners.sms(visit.phone))[0] ?? {};
    expect(values).toHaveLength(smsTemplates[messageKinds[kind].sms].length);
    expect(values).not.toContain('');
  });

  it('goes by WeChat only while its reader agrees to that; else by text, and WeChat is sent nothing', async () => {
    const silent = await aVisit({ following: true, agreed: false });
    expect(await silent.tell()).toMatchObject({ channel: 'sms' });
    expect(await partners.wechat(silent.openid)).toEqual([]);
    expect(await partners.sms(silent.phone)).toHaveLength(1);

    const agreed = await aVisit({ following: true });
    const standing = database.owner('consent').where({ visitor_id: agreed.visitor, purpose: 'wechat' });
    await standing.update({ withdrawn_at: new Date() });
    expect(await agreed.tell()).toMatchObject({ channel: 'sms' });
    expect(await partners.wechat(agreed.openid)).toEqual([]);
  });

  it('is refused by the database when its kind is no name', async () => {
    const { reservation, visitor } = await aVisit();
    const kept = keepMessage(database.db, { reservation, visitor, kind: 'Not a kind' as 'code', key: randomUUID() });
    await expect(kept).rejects.toThrow('message_kind_check');
  });

  it('without a workflow is sent by a worker, once, to the person it is for', async () => {
    const visit = await aVisit();
    const pass = await database.db('pass').where({ reservation_id: visit.reservation }).first('id');
    const opened = {
      reservation: visit.reservation,
      visitor: visit.visitor,
      kind: 'pass_opened',
      key: randomUUID(),
    } as const;
    for (const _ of [1, 2]) await queueMessage(database.db, { ...opened, pass: pass.id });
    const log = createLog('test', 'silent');
    const senders = [1, 2].map(() => sendQueued(deps, activities.notify, { log, every: 20 }));
    await until(async () => (await visit.message())?.status === 'sent', 'the message');
    await Promise.all(senders.map((sender) => sender.stop()));
    const texts = await partners.sms(visit.phone);
    expect(texts).toHaveLength(1);
    expect(texts[0]?.text).toContain('在另一处被打开');
  });

  it('goes over WeChat, once for each key', async () => {
    const visit = await aVisit({ following: true });
    expect(await visit.tell()).toEqual({ channel: 'wechat' });
    expect(await visit.tell()).toEqual({ channel: 'wechat' });
    expect(await partners.wechat(visit.openid)).toHaveLength(1);
    expect(await visit.attempts()).toMatchObject([{ channel: 'wechat', outcome: 'accepted', repeated: false }]);
    expect((await visit.attempts())[0].provider_id).toMatch(/^\d+$/);
  });

  it('is tried again when WeChat is busy', async () => {
    const visit = await aVisit({ following: true });
    await partners.fault('wechat.send', 'busy', 1);
    await expect(visit.tell()).rejects.toMatchObject({ type: 'try_later', nextRetryDelay: 2_000 });
    expect(await visit.message()).toMatchObject({ status: 'pending' });
    expect(await visit.tell()).toEqual({ channel: 'wechat' });
    expect((await visit.attempts()).map(({ outcome, fault }) => [outcome, fault])).toEqual([
      ['refused', 'busy'],
      ['accepted', null],
    ]);
  });

  it('goes again under the same id when its answer was lost, and arrives once', async () => {
    const visit = await aVisit({ following: true });
    await partners.fault('wechat.send', 'lose', 1);
    await expect(visit.tell()).rejects.toMatchObject({ type: 'try_later' });
    expect(await visit.tell()).toEqual({ channel: 'wechat' });
    expect(await partners.wechat(visit.openid)).toHaveLength(1);
    const attempts = await visit.attempts();
    expect(attempts.map(({ outcome, repeated }) => [outcome, repeated])).toEqual([
      ['unknown', false],
      ['accepted', true],
    ]);
    expect(new Set(attempts.map(({ client_msg_id }) => client_msg_id)).size).toBe(1);
  });

  it('is not sent again over WeChat after ten minutes, when WeChat forgets its id', async () => {
    const visit = await aVisit({ following: true });
    await partners.fault('wechat.send', 'lose', 1);
    await expect(visit.tell()).rejects.toThrow();
    await database.owner('message_attempt').update({ started_at: new Date(Date.now() - 600_000) });
    expect(await visit.tell()).toEqual({ channel: 'sms' });
    expect(await partners.wechat(visit.openid)).toHaveLength(1);
  });

  it('goes by SMS to a visitor who does not follow the account', async () => {
    const visit = await aVisit({ following: false });
    expect(await visit.tell()).toEqual({ channel: 'sms' });
    expect(await partners.sms(visit.phone)).toHaveLength(1);
    expect((await visit.attempts()).map(({ channel, fault }) => [channel, fault])).toEqual([
      ['wechat', 'not_following'],
      ['sms', null],
    ]);
  });

  it('by SMS is repeated once where the process died before it wrote the answer down, and marked', async () => {
    const visit = await aVisit();
    await visit.tell();
    const died = () =>
      database
        .owner('message_attempt')
        .update({ outcome: null, finished_at: null, started_at: new Date(Date.now() - 60_000) });
    const forget = () =>
      database.owner('message').where({ reservation_id: visit.reservation }).update({ status: 'pending' });
    await died();
    await forget();
    expect(await visit.tell()).toEqual({ channel: 'sms' });
    expect((await visit.attempts()).map(({ repeated }) => repeated)).toEqual([false, true]);
    expect(await partners.sms(visit.phone)).toHaveLength(2);
    await died();
    await forget();
    expect(await visit.tell()).toEqual({ channel: 'page' });
    expect(await partners.sms(visit.phone)).toHaveLength(2);
  });

  it('by SMS is not repeated while another process may be sending it', async () => {
    const visit = await aVisit();
    await visit.tell();
    await database.owner('message_attempt').update({ outcome: null, finished_at: null, started_at: new Date() });
    await database.owner('message').where({ reservation_id: visit.reservation }).update({ status: 'pending' });
    await expect(visit.tell()).rejects.toMatchObject({ type: 'try_later' });
    expect(await partners.sms(visit.phone)).toHaveLength(1);
  });

  it('by SMS goes once when two workers hand it over at the same moment', async () => {
    const visit = await aVisit();
    const ends = await Promise.allSettled([visit.tell(), visit.tell(), visit.tell()]);
    expect(ends.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect(await partners.sms(visit.phone)).toHaveLength(1);
  });

  it('by SMS is never repeated because its answer was lost', async () => {
    const visit = await aVisit();
    await partners.fault('sms.send', 'lose', 1);
    expect(await visit.tell()).toEqual({ channel: 'page' });
    await database.owner('message').where({ reservation_id: visit.reservation }).update({ status: 'pending' });
    expect(await visit.tell()).toEqual({ channel: 'page' });
    expect(await partners.sms(visit.phone)).toHaveLength(1);
    expect(await visit.attempts()).toMatchObject([{ outcome: 'unknown' }]);
  });

  it('that no channel takes is shown on the page only, and has failed', async () => {
    const visit = await aVisit({ following: true });
    await partners.fault('wechat.send', 'refuse');
    await partners.fault('sms.send', 'refuse');
    expect(await visit.tell()).toEqual({ channel: 'page' });
    expect(await visit.message()).toMatchObject({ status: 'failed', channel: null });
    const [fault] = await undeliveredMessages(deps.db, 10);
    expect(fault).toMatchObject({ reservation: visit.reservation, kind: 'approved' });
    expect(fault?.attempts.map(({ channel, outcome }) => [channel, outcome])).toEqual([
      ['wechat', 'refused'],
      ['sms', 'refused'],
    ]);
  });

  it('that was refused, and whose good news is no longer true, is no fault', async () => {
    const visit = await aVisit();
    await partners.fault('sms.send', 'busy');
    await expect(visit.tell()).rejects.toMatchObject({ type: 'try_later' });
    await close(visit.reservation);
    expect(await visit.tell()).toEqual({ channel: 'page' });
    expect(await visit.message()).toMatchObject({ status: 'page' });
  });

  it('is not sent to a number that was assigned anew', async () => {
    const visit = await aVisit({ following: true });
    await database.owner('visitor').where({ id: visit.visitor }).update({ superseded_at: new Date() });
    expect(await visit.tell()).toEqual({ channel: 'page' });
    expect(await visit.attempts()).toEqual([]);
    // Nobody can be blamed: there is no channel.
    expect(await visit.message()).toMatchObject({ status: 'page' });
  });

  it('of an approval is not sent after the reservation was closed', async () => {
    const visit = await aVisit();
    await close(visit.reservation);
    expect(await visit.tell()).toEqual({ channel: 'page' });
    expect(await visit.tell('cancelled')).toEqual({ channel: 'sms' });
  });

  it('goes by SMS also when its failed receipt comes after the workflow has ended', async () => {
    const visit = await aVisit({ following: true });
    await close(visit.reservation);
    await visit.tell('cancelled');
    const [attempt] = await visit.attempts();
    const about = await recordReceipt(deps.db, 'wechat', attempt.provider_id, 'user_block');
    expect(about).toMatchObject({ reservation: visit.reservation, message: (await visit.message()).id });
    // A closed reservation's message needs no engine.
    const nobody = connectClient(
      { TEMPORAL_ADDRESS: '127.0.0.1:9', TEMPORAL_NAMESPACE: 'default', TEMPORAL_TLS: false },
      createCodec((await testKeys([])).worker.codec),
    );
    const following = followLateReceipts({ ...deps, client: nobody.client }, activities.notify, {
      log: createLog('test', 'silent'),
      every: 50,
      after: 0,
    });
    await until(async () => (await visit.message()).channel === 'sms', 'the SMS');
    await following.stop();
    await nobody.close();
    expect(await partners.sms(visit.phone)).toHaveLength(1);
  });
});
