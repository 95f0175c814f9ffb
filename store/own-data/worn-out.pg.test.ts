import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshDatabase, type TestDatabase } from '../../testing/postgres.ts';
import { dropWornOut } from './worn-out.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database?.drop());

test('tries and codes go once nothing looks back at them, and not before', async () => {
  const { db } = database;
  const hash = Buffer.alloc(32);
  const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3600_000);
  await db('attempt').insert([1, 25, 49, 300].map((hours) => ({ kind: 'x', key_hash: hash, at: hoursAgo(hours) })));
  const code = { purpose: 'login', phone_hash: hash, session_hash: hash, code_hash: hash };
  await db('phone_code').insert([-0.1, 1, 49].map((hours) => ({ ...code, expires_at: hoursAgo(hours) })));
  expect(await dropWornOut(db)).toBe(3);
  expect(await dropWornOut(db)).toBe(0);
  expect(await db('attempt')).toHaveLength(2);
  expect(await db('phone_code')).toHaveLength(2);
});

test('what web hooks and WeChat Pay told goes after a month, with the tries', async () => {
  const { db, owner } = database;
  const daysAgo = (days: number) => new Date(Date.now() - days * 24 * 3600_000);
  await db('payment_notice').insert([29, 31].map((days) => ({ id: `EV-${days}`, taken_at: daysAgo(days) })));
  const [{ id: made_by }] = await owner('staff')
    .insert({ username: 'hook', password_hash: '-', name: '陈老师' })
    .returning('id');
  const hook = { label: 'park', url: 'https://park.example.edu/', events: ['visit.ready'], made_by };
  const [{ id: webhook_id }] = await db('webhook').insert(hook).returning('id');
  const about = { webhook_id, event: 'visit.ready', source: '1', body: '{}' };
  const told = await db('webhook_delivery')
    .insert([29, 31].map((days) => ({ ...about, made_at: daysAgo(days) })))
    .returning('id');
  const attempt = { started_at: new Date(), took_ms: 5, status: 500 };
  await db('webhook_attempt').insert(told.map(({ id }) => ({ ...attempt, delivery_id: id })));
  expect(await dropWornOut(db)).toBe(2);
  expect(await db('payment_notice').pluck('id')).toEqual(['EV-29']);
  expect(await db('webhook_attempt').pluck('delivery_id')).toEqual([told[0]?.id]);
});

test('links of staff go a quarter after they ended', async () => {
  const { db, owner } = database;
  const [{ id }] = await owner('staff')
    .insert({ username: 'wang', password_hash: '-', name: '王老师' })
    .returning('id');
  const link = { staff_id: id, task_id: randomUUID(), mark: '-', sent_to: 'w***@example.edu' };
  const daysAgo = (days: number) => new Date(Date.now() - days * 24 * 3600_000);
  await db('task_link').insert(
    [1, 89, 91].map((days) => ({ ...link, token_hash: randomBytes(32), expires_at: daysAgo(days) })),
  );
  expect(await dropWornOut(db)).toBe(1);
  expect(await db('task_link')).toHaveLength(2);
});

test('a code that went to a messenger goes a day after its time', async () => {
  const { db, owner } = database;
  const [{ id: staff_id }] = await owner('staff')
    .insert({ username: 'zhao', password_hash: '-', name: '赵老师' })
    .returning('id');
  const code = { staff_id, user_enc: Buffer.alloc(1), code_hash: Buffer.alloc(32) };
  const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3600_000);
  await db('staff_messenger_code').insert([
    { ...code, messenger: 'wecom', made_at: hoursAgo(24), expires_at: hoursAgo(23) },
    { ...code, messenger: 'feishu', made_at: hoursAgo(26), expires_at: hoursAgo(25) },
  ]);
  expect(await dropWornOut(db)).toBe(1);
  expect(await db('staff_messenger_code').pluck('messenger')).toEqual(['wecom']);
});
