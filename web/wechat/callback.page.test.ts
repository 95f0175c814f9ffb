import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import supertest from 'supertest';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { university } from '../../bin/seed/content.ts';
import { createCodec } from '../../platform/codec.ts';
import { readSettings, wechatSchema } from '../../platform/config.ts';
import { createBlindIndex, createFieldCipher } from '../../platform/crypto.ts';
import { createLog } from '../../platform/log.ts';
import { connectClient, type TemporalClient } from '../../platform/temporal.ts';
import { createWechat, createWechatCallback, type Wechat } from '../../platform/wechat.ts';
import { pack, unpackReply } from '../../sandbox/wechat/envelope.ts';
import { accessTokenStore } from '../../store/messages/access-token.ts';
import { keepMessage } from '../../store/messages/message.ts';
import { beginAttempt, finishAttempt } from '../../store/messages/message-attempt.ts';
import { beginLetter, finishLetter } from '../../store/messages/staff-letter.ts';
import { contactOf } from '../../store/people/contact.ts';
import { bindOpenid } from '../../store/people/visitor.ts';
import { testKeys } from '../../testing/keys.ts';
import { type TestPartners, testPartners } from '../../testing/partners.ts';
import { freshDatabase, type TestDatabase } from '../../testing/postgres.ts';
import { testTemporal } from '../../testing/temporal.ts';
import { until } from '../../testing/until.ts';
import { reservationTaskQueue, reservationWorkflowId } from '../../workflows/messages/reservation.ts';
import type { WebDeps } from '../deps.ts';
import { wechatCallbackRoutes } from './callback.ts';

let database: TestDatabase;
let temporal: TemporalClient;
let gone: TemporalClient;
let partners: TestPartners;
let server: Server;
let site: string;
let wechat: Wechat;
let deps: Pick<WebDeps, 'settings' | 'db' | 'index' | 'client' | 'log'>;
let sealing: Parameters<typeof bindOpenid>[1];

beforeAll(async () => {
  const [fresh, engine, keys] = await Promise.all([freshDatabase(), testTemporal(), testKeys([])]);
  database = fresh;
  const codec = createCodec(keys.web.codec);
  const settings = { TEMPORAL_ADDRESS: engine.address, TEMPORAL_NAMESPACE: engine.namespace, TEMPORAL_TLS: false };
  temporal = connectClient(settings, codec);
  gone = connectClient({ ...settings, TEMPORAL_ADDRESS: '127.0.0.1:9' }, codec);

  const app = express().set('query parser', 'simple');
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  site = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  partners = await testPartners(site);
  const wechatSettings = readSettings(wechatSchema, partners.env);
  sealing = { cipher: createFieldCipher(keys.web.field), index: createBlindIndex(keys.web.index) };
  await database.owner('university').insert(university);
  deps = {
    settings: { ...wechatSettings, PUBLIC_URL: site } as WebDeps['settings'],
    db: database.db,
    index: sealing.index,
    client: temporal.client,
    log: createLog('test', 'silent'),
  };
  app.use((req, res, next) => wechatCallbackRoutes(deps)(req, res, next));
  const cipher = createFieldCipher(keys.web.field);
  wechat = createWechat(wechatSettings, accessTokenStore(database.db, cipher, wechatSettings.WECHAT_APP_ID));
});
afterAll(async () => {
  await partners?.stop();
  await new Promise((resolve) => server.close(resolve));
  await Promise.all([temporal?.close(), gone?.close(), database?.drop()]);
});
beforeEach(async () => {
  deps.client = temporal.client;
  await partners.fault('wechat.receipt', 'none');
});

/** A reservation whose workflow runs (no worker answers it: signals wait in its history), with one message of it. */
async function aMessage(): Promise<{ reservation: string; message: string; attempt: string }> {
  const reservation = randomUUID();
  const [visitor] = await database.owner('visitor').insert({}).returning('id');
  await database.owner('reservation').insert({ id: reservation, visitor_id: visitor.id, stage: 'registration' });
  const { id: message } = await keepMessage(database.db, {
    reservation,
    visitor: visitor.id,
    kind: 'approved',
    key: `${reservation}/approved`,
  });
  const attempt = await beginAttempt(database.db, {
    known: 0,
    message,
    channel: 'wechat',
    clientMessageId: randomUUID(),
    repeated: false,
  });
  if (!attempt) throw new Error('no attempt was begun');
  await temporal.client.workflow.start('reservation', {
    taskQueue: reservationTaskQueue,
    workflowId: reservationWorkflowId(reservation),
    args: [{}],
  });
  return { reservation, message, attempt };
}

/** Hands the message over for real; its receipt comes by itself. */
async function send(attempt: string, openid: string): Promise<string> {
  const sent = await wechat.sendTemplate({
    openid,
    template: 'approved',
    fields: { visitor: '访客', campus: '新校区', window: '09/05 15:00', code: '123456', status: '已通过' },
    url: `${site}/passes`,
    clientMessageId: randomUUID(),
  });
  if (!sent.ok || !sent.messageId) throw new Error('not sent');
  await finishAttempt(database.db, attempt, { outcome: 'accepted', providerId: sent.messageId });
  return sent.messageId;
}
const receiptOf = async (attempt: string): Promise<string | undefined> =>
  (await database.db('message_attempt').where({ id: attempt }).first()).receipt ?? undefined;
async function signals(reservation: string): Promise<string[]> {
  const history = await temporal.client.workflow.getHandle(reservationWorkflowId(reservation)).fetchHistory();
  return (history.events ?? []).flatMap((event) => event.workflowExecutionSignaledEventAttributes?.signalName ?? []);
}

/** What WeChat would post about a message, signed and encrypted as the account is set. */
function posted(messageId: string, status: string) {
  const xml = `<xml><ToUserName><![CDATA[gh]]></ToUserName><FromUserName><![CDATA[o1]]></FromUserName><CreateTime>1795000000</CreateTime>
<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[TEMPLATESENDJOBFINISH]]></Event><MsgID>${messageId}</MsgID><Status><![CDATA[${status}]]></Status></xml>`;
  return pack(partners.settings, xml);
}
const deliver = ({ query, body }: { query: URLSearchParams; body: string }) =>
  supertest(site).post(`/wechat/callback?${query}`).set('content-type', 'text/xml').send(body);

test('WeChat may save our address, nobody else', async () => {
  const verified = await fetch(`${partners.url}/inspect/callback/verification`, { method: 'POST' });
  expect(await verified.json()).toEqual({ verified: true });
  await supertest(site).get('/wechat/callback?echostr=1&timestamp=1&nonce=1&signature=1').expect(403);
});

/** A message to a member of staff that WeChat took. */
async function aStaffLetter(): Promise<{ message: string; provider: string }> {
  const { owner } = database;
  const username = `s${randomBytes(4).toString('hex')}`;
  const [{ id: staff }] = await owner('staff').insert({ username, password_hash: '-', name: '王老师' }).returning('id');
  const [{ id: message }] = await owner('staff_message')
    .insert({ staff_id: staff, kind: 'opened', key: randomUUID(), status: 'sent', closed_at: owner.fn.now() })
    .returning('id');
  const letter = await beginLetter(database.db, { staff, channel: 'wechat', messages: [message] });
  const provider = String(randomBytes(6).readUIntBE(0, 6));
  await finishLetter(database.db, letter, { outcome: 'accepted', providerId: provider });
  return { message, provider };
}

describe('a receipt', () => {
  test('of a message to staff is taken, and one that did not arrive by any way has failed', async () => {
    const [came, lost] = [await aStaffLetter(), await aStaffLetter()];
    const statusOf = async ({ message }: { message: string }) =>
      (await database.db('staff_message').where({ id: message }).first()).status;
    await deliver(posted(came.provider, 'success')).expect(200, 'success');
    await deliver(posted(lost.provider, 'failed:user block')).expect(200, 'success');
    expect(await statusOf(came)).toBe('sent');
    expect(await statusOf(lost)).toBe('failed');
    // Said again, or otherwise: the first receipt counts.
    await deliver(posted(came.provider, 'failed:user block')).expect(200, 'success');
    expect(await statusOf(came)).toBe('sent');
  });

  test('that a message arrived is kept with its attempt and tells nobody', async () => {
    const { reservation, attempt } = await aMessage();
    await send(attempt, (await partners.person()).openid);
    expect(await until(() => receiptOf(attempt))).toBe('success');
    expect(await signals(reservation)).toEqual([]);
  });

  test('that it did not arrive tells the workflow', async () => {
    const { reservation, attempt } = await aMessage();
    const { openid } = await partners.person({ nickname: '拒收' });
    await partners.person({ openid, blocking: true });
    await send(attempt, openid);
    expect(await until(() => receiptOf(attempt))).toBe('user_block');
    await until(async () => (await signals(reservation)).length > 0);
    expect(await signals(reservation)).toEqual(['messageFailed']);
  });

  test('that comes before its message was recorded is taken when WeChat repeats it', async () => {
    const { attempt } = await aMessage();
    await deliver(posted('3557254367693759999', 'success')).expect(503);
    await finishAttempt(database.db, attempt, { outcome: 'accepted', providerId: '3557254367693759999' });
    await deliver(posted('3557254367693759999', 'success')).expect(200, 'success');
    expect(await receiptOf(attempt)).toBe('success');
  });

  test('said twice changes nothing', async () => {
    const { reservation, attempt } = await aMessage();
    await finishAttempt(database.db, attempt, { outcome: 'accepted', providerId: '3557254367693758888' });
    await deliver(posted('3557254367693758888', 'success')).expect(200, 'success');
    await deliver(posted('3557254367693758888', 'failed: system failed')).expect(200, 'success');
    expect(await receiptOf(attempt)).toBe('success');
    expect(await signals(reservation)).toEqual([]);
  });

  test('is asked for again while the engine is down', async () => {
    const { reservation, attempt } = await aMessage();
    await finishAttempt(database.db, attempt, { outcome: 'accepted', providerId: '3557254367693757777' });
    deps.client = gone.client;
    await deliver(posted('3557254367693757777', 'failed: system failed')).expect(503);
    deps.client = temporal.client;
    await deliver(posted('3557254367693757777', 'failed: system failed')).expect(200, 'success');
    expect(await signals(reservation)).toEqual(['messageFailed']);
  });

  test('is merely kept when the reservation has ended', async () => {
    const { reservation, attempt } = await aMessage();
    await temporal.client.workflow.getHandle(reservationWorkflowId(reservation)).terminate();
    await finishAttempt(database.db, attempt, { outcome: 'accepted', providerId: '3557254367693756666' });
    await deliver(posted('3557254367693756666', 'failed:user block')).expect(200, 'success');
    expect(await receiptOf(attempt)).toBe('user_block');
  });
});

describe('a request that is not from WeChat', () => {
  test('is refused: forged, of another key, in plain text, without a signature', async () => {
    const { attempt } = await aMessage();
    const id = '3557254367693755555';
    await finishAttempt(database.db, attempt, { outcome: 'accepted', providerId: id });
    const good = posted(id, 'failed:user block');
    for (const name of ['signature', 'msg_signature']) {
      const query = new URLSearchParams(good.query);
      query.set(name, randomBytes(20).toString('hex'));
      await deliver({ query, body: good.body }).expect(403);
    }
    const otherKey = { ...partners.settings, WECHAT_AES_KEY: randomBytes(32).toString('base64').slice(0, 43) };
    await deliver(pack(otherKey, '<xml><MsgType>event</MsgType></xml>')).expect(403);
    await deliver(
      pack({ ...partners.settings, WECHAT_AES_KEY: undefined }, '<xml><MsgType>event</MsgType></xml>'),
    ).expect(403);
    await deliver({ query: new URLSearchParams(), body: good.body }).expect(403);
    expect(await receiptOf(attempt)).toBeUndefined();
  });

  test('is not parsed when it is a bomb, and not read when it is too long', async () => {
    const { query } = posted('1', 'success');
    const bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><xml><Encrypt>&b;</Encrypt></xml>';
    await deliver({ query, body: bomb }).expect(403);
    await deliver({ query, body: `<xml>${'x'.repeat(70_000)}</xml>` }).expect(413);
  });
});

describe('comings and goings', () => {
  const at = 1_795_000_000;
  const xml = (openid: string, event: string, time = at, key = '') =>
    `<xml><ToUserName>gh_sandbox</ToUserName><FromUserName>${openid}</FromUserName><CreateTime>${time}</CreateTime><MsgType>event</MsgType><Event>${event}</Event><EventKey>${key}</EventKey></xml>`;
  const say = (...event: Parameters<typeof xml>) => deliver(pack(partners.settings, xml(...event))).expect(200);

  async function aNotice(): Promise<string> {
    const known = await database.owner('notice').where({ kind: 'wechat' }).first('id');
    if (known) return known.id;
    const text = {
      title_zh: '微信',
      title_en: 'WeChat',
      body_zh: '微信',
      body_en: 'WeChat',
      text_hash: Buffer.alloc(32),
    };
    const [made] = await database
      .owner('notice')
      .insert({ kind: 'wechat', version: 1, ...text })
      .returning('id');
    return made.id;
  }
  /** Somebody whose WeChat is bound, and who agreed to messages there. @returns whether messages would go to WeChat */
  async function somebodyBound() {
    const [visitor] = await database.owner('visitor').insert({}).returning('id');
    const openid = `o${randomUUID()}`;
    await bindOpenid(database.db, sealing, visitor.id, openid);
    const agreed = { purpose: 'wechat', text_hash: Buffer.alloc(32), channel: 'wechat' };
    await database.owner('consent').insert({ ...agreed, visitor_id: visitor.id, notice_id: await aNotice() });
    const reached = async () => (await contactOf(database.db, sealing.cipher, visitor.id)).openid === openid;
    return { openid, reached };
  }

  test('decide whether messages go to WeChat; repeated or late events change nothing', async () => {
    const { openid, reached } = await somebodyBound();
    expect(await reached()).toBe(true);
    await say(openid, 'unsubscribe', at + 10);
    await say(openid, 'unsubscribe', at + 10);
    expect(await reached()).toBe(false);
    await say(openid, 'subscribe', at + 5);
    expect(await reached()).toBe(false);
    await say(openid, 'subscribe', at + 20);
    expect(await reached()).toBe(true);
  });

  test('leave no trace when they are a stranger’s', async () => {
    const before = await database.db('visitor').count();
    await say('o-stranger', 'subscribe');
    await say('o-stranger', 'unsubscribe');
    expect(await database.db('visitor').count()).toEqual(before);
  });

  test('are answered, readable by WeChat only: a new follower is welcomed, a person who asks for help gets it', async () => {
    const welcome = await say('o1', 'subscribe');
    expect(welcome.text).not.toContain('欢迎');
    expect(unpackReply(partners.settings, welcome.text)).toMatchObject({
      openid: 'o1',
      text: expect.stringContaining(`${site}/wechat/oauth`),
    });
    const help = await say('o1', 'CLICK', at, 'help');
    expect(unpackReply(partners.settings, help.text)?.text).toContain('访客预约');
  });

  test('are accepted also when we have no use for the event', async () => {
    for (const event of ['unsubscribe', 'VIEW', 'LOCATION']) {
      expect((await say('o1', event)).text).toBe('success');
    }
    expect((await say('o1', 'CLICK', at, 'made-up')).text).toBe('success');
  });
});

test('in plain mode an answer is plain, and nothing in it ends it early', async () => {
  const { WECHAT_AES_KEY: _, ...plain } = readSettings(wechatSchema, partners.env);
  const reply = createWechatCallback(plain).reply({ openid: 'o1', account: 'gh_sandbox', text: 'a]]>b' });
  expect(reply).toContain('<![CDATA[a]]]]><![CDATA[>b]]>');
});
