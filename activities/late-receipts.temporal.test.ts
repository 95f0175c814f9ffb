import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCodec } from '../platform/codec.ts';
import { createLog } from '../platform/log.ts';
import { connectClient, type TemporalClient } from '../platform/temporal.ts';
import { closeMessage, keepMessage } from '../store/messages/message.ts';
import { beginAttempt, finishAttempt, recordReceipt } from '../store/messages/message-attempt.ts';
import { testKeys } from '../testing/keys.ts';
import { freshDatabase, type TestDatabase } from '../testing/postgres.ts';
import { testTemporal } from '../testing/temporal.ts';
import { until } from '../testing/until.ts';
import type { Notice } from '../workflows/messages/activities.ts';
import { reservationTaskQueue, reservationWorkflowId } from '../workflows/messages/reservation.ts';
import { followLateReceipts } from './late-receipts.ts';

let database: TestDatabase;
let temporal: TemporalClient;
let providerIds = 3_557_254_367_693_000_000n;

beforeAll(async () => {
  const [fresh, engine, keys] = await Promise.all([freshDatabase(), testTemporal(), testKeys([])]);
  database = fresh;
  const settings = { TEMPORAL_ADDRESS: engine.address, TEMPORAL_NAMESPACE: engine.namespace, TEMPORAL_TLS: false };
  temporal = connectClient(settings, createCodec(keys.worker.codec));
});
afterAll(async () => {
  await temporal?.close();
  await database?.drop();
});

/** A message that WeChat took and then failed to deliver; its receipt was kept and nobody was told. */
async function aFailedMessage(stage: 'registration' | 'closed' = 'registration') {
  const { db, owner } = database;
  const reservation = randomUUID();
  const [visitor] = await owner('visitor').insert({}).returning('id');
  await owner('reservation').insert({
    id: reservation,
    visitor_id: visitor.id,
    stage,
    ...(stage === 'closed' && { outcome: 'cancelled', closed_at: new Date(0) }),
  });
  const { id: message } = await keepMessage(db, {
    reservation,
    visitor: visitor.id,
    kind: 'approved',
    key: `${reservation}/approved`,
  });
  const attempt = await beginAttempt(db, { message, known: 0, channel: 'wechat', repeated: false });
  if (!attempt) throw new Error('no attempt was begun');
  const providerId = String(++providerIds);
  await finishAttempt(db, attempt, { outcome: 'accepted', providerId });
  await closeMessage(db, message, { status: 'sent', channel: 'wechat' });
  await recordReceipt(db, 'wechat', providerId, 'user_block');
  return { reservation, message, attempt };
}

/** No worker answers it: signals wait in its history. */
const startWorkflow = (reservation: string) =>
  temporal.client.workflow.start('reservation', {
    taskQueue: reservationTaskQueue,
    workflowId: reservationWorkflowId(reservation),
    args: [{}],
  });

async function signals(reservation: string): Promise<string[]> {
  const history = await temporal.client.workflow.getHandle(reservationWorkflowId(reservation)).fetchHistory();
  return (history.events ?? []).flatMap((event) => event.workflowExecutionSignaledEventAttributes?.signalName ?? []);
}

function follow(notify: (notice: Notice) => Promise<{ channel: 'sms' }>, tell: number) {
  const { client } = temporal;
  const log = createLog('test', 'silent');
  return followLateReceipts({ db: database.db, client }, notify, { log, every: 20, after: 0, tell });
}

test('a failed receipt that could not be delivered reaches the workflow of an open reservation later', async () => {
  const { reservation } = await aFailedMessage();
  await startWorkflow(reservation);
  const following = follow(async () => ({ channel: 'sms' }), 1);
  await until(async () => (await signals(reservation)).includes('messageFailed'), 'the signal');
  await following.stop();
});

test('it is not told once the next channel was taken', async () => {
  const [taken, waiting] = [await aFailedMessage(), await aFailedMessage()];
  for (const { reservation } of [taken, waiting]) await startWorkflow(reservation);
  await beginAttempt(database.db, { message: taken.message, known: 1, channel: 'sms', repeated: false });
  const following = follow(async () => ({ channel: 'sms' }), 1);
  await until(async () => (await signals(waiting.reservation)).length > 0, 'the other signal');
  await following.stop();
  expect(await signals(taken.reservation)).toEqual([]);
});

test('one message that cannot be handed over does not hold up the others', async () => {
  const [stuck, other] = [await aFailedMessage('closed'), await aFailedMessage('closed')];
  const asked = new Set<string>();
  const following = follow(async (notice) => {
    asked.add(notice.reservation);
    if (notice.reservation === stuck.reservation) throw new Error('not now');
    return { channel: 'sms' };
  }, 60_000);
  await until(() => asked.has(stuck.reservation) && asked.has(other.reservation), 'both were tried');
  await following.stop();
});

test('when two workers begin an attempt by the same rows, only one does', async () => {
  const { message } = await aFailedMessage();
  const begin = () => beginAttempt(database.db, { message, known: 1, channel: 'sms', repeated: false });
  const begun = await Promise.all([begin(), begin(), begin()]);
  expect(begun.filter(Boolean)).toHaveLength(1);
});

test('the first receipt counts', async () => {
  const { db } = database;
  const { attempt } = await aFailedMessage();
  const { provider_id: id } = await db('message_attempt').where({ id: attempt }).first();
  expect(await recordReceipt(db, 'wechat', id, 'success')).toMatchObject({ event: attempt, failed: true });
});
