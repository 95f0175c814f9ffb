import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import supertest from 'supertest';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readSettings, smsSchema } from '../../platform/config.ts';
import { createLog } from '../../platform/log.ts';
import { createSms } from '../../platform/sms.ts';
import { closeMessage, keepMessage } from '../../store/messages/message.ts';
import { beginAttempt, finishAttempt } from '../../store/messages/message-attempt.ts';
import { undeliveredMessages } from '../../store/messages/message-fault.ts';
import { type TestPartners, testPartners } from '../../testing/partners.ts';
import { freshDatabase, type TestDatabase } from '../../testing/postgres.ts';
import { until } from '../../testing/until.ts';
import type { WebDeps } from '../deps.ts';
import { smsReceiptRoutes } from './receipts.ts';

let database: TestDatabase;
let partners: TestPartners;
let server: Server;
let phone = 13800200000;

beforeAll(async () => {
  database = await freshDatabase();
  const app = express();
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  partners = await testPartners(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const settings = readSettings(smsSchema, partners.env) as WebDeps['settings'];
  app.use(smsReceiptRoutes({ settings, db: database.db, log: createLog('test', 'silent') }));
});
afterAll(async () => {
  await partners?.stop();
  await new Promise((resolve) => server.close(resolve));
  await database?.drop();
});
beforeEach(async () => {
  phone += 1;
  await partners.fault('sms.receipt', 'none');
});

/** A message about a visit whose text was begun, and what its provider said once it was sent. */
async function aText() {
  const reservation = randomUUID();
  const [visitor] = await database.owner('visitor').insert({}).returning('id');
  await database.owner('reservation').insert({ id: reservation, visitor_id: visitor.id, stage: 'registration' });
  const key = `${reservation}/cancelled`;
  const message = await keepMessage(database.db, { reservation, visitor: visitor.id, kind: 'cancelled', key });
  const begun = { message: message.id, known: 0, channel: 'sms', repeated: false } as const;
  const attempt = await beginAttempt(database.db, begun);
  if (!attempt) throw new Error('no attempt was begun');
  const text = { template: 'cancelled', campus: '南校区', day: '9月5日', clock: '15:00' } as const;
  const sent = await createSms(readSettings(smsSchema, partners.env)).send(String(phone), text);
  if (!sent.ok) throw new Error(`not sent: ${sent.fault}`);
  const close = async () => {
    await finishAttempt(database.db, attempt, { outcome: 'accepted', providerId: sent.serial });
    await closeMessage(database.db, message.id, { status: 'sent', channel: 'sms' });
  };
  const faults = async () => (await undeliveredMessages(database.db, 50)).filter(({ id }) => id === message.id);
  const row = () => database.db('message_attempt').where({ id: attempt }).first();
  return { serial: sent.serial, close, faults, row };
}
const post = (path: string, body: unknown) =>
  supertest(server)
    .post(`/sms/receipts/${path}`)
    .send(body as object);
const about = (sid: string, report_status: string) => [{ sid, report_status, errmsg: 'UNDELIV', mobile: '138' }];
const key = () => partners.env.SMS_RECEIPT_KEY ?? '';

test('a text that did not arrive is a fault that the office sees, and one that arrived is not', async () => {
  const arrived = await aText();
  await arrived.close();
  await until(async () => (await arrived.row()).receipt === 'success', 'the receipt');
  expect(await arrived.faults()).toEqual([]);

  await partners.fault('sms.receipt', 'failed');
  const lost = await aText();
  await lost.close();
  await until(async () => (await lost.row()).receipt === 'failed UNDELIV', 'the receipt');
  const [fault] = await until(async () => {
    const faults = await lost.faults();
    return faults.length > 0 && faults;
  }, 'the fault');
  expect(fault).toMatchObject({ status: 'failed', channel: null });
});

test('a receipt that overtakes what we write down comes again', async () => {
  await partners.fault('sms.receipt', 'never');
  const text = await aText();
  const early = await post(key(), about(text.serial, 'FAIL')).expect(200);
  expect(early.body.result).not.toBe(0);
  await text.close();
  expect((await post(key(), about(text.serial, 'FAIL')).expect(200)).body.result).toBe(0);
  expect(await text.faults()).toHaveLength(1);
});

test('the first receipt counts, and one of a text that is no message of ours is taken', async () => {
  await partners.fault('sms.receipt', 'never');
  const text = await aText();
  await text.close();
  const told = await post(key(), [...about(text.serial, 'SUCCESS'), ...about('another:1', 'FAIL')]).expect(200);
  expect(told.body).toEqual({ result: 0, errmsg: 'OK' });
  await post(key(), about(text.serial, 'FAIL')).expect(200);
  expect(await text.faults()).toEqual([]);
});

test('a wrong address and what is no receipt change nothing', async () => {
  await partners.fault('sms.receipt', 'never');
  const text = await aText();
  await text.close();
  await post('x'.repeat(32), about(text.serial, 'FAIL')).expect(403);
  await post(key(), { sid: text.serial }).expect(400);
  await post(key(), about(text.serial, 'PERHAPS')).expect(400);
  expect((await text.row()).receipt).toBeNull();
});
