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
