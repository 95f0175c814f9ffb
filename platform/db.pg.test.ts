import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshDatabase, type TestDatabase } from '../testing/postgres.ts';
import { openDatabase } from './db.ts';

let database: TestDatabase;
let db: ReturnType<typeof openDatabase>;
beforeAll(async () => {
  database = await freshDatabase();
  db = openDatabase({ DATABASE_URL: database.url, DATABASE_POOL: 2 });
});
afterAll(async () => {
  await db?.destroy();
  await database?.drop();
});

test('a failed query does not repeat its values', async () => {
  const failures = await Promise.allSettled([
    db('staff').where({ no_such_column: 'zhang-san-173' }),
    db.raw('select ?::uuid', ['zhang-san-173']).catch((error: Error) => {
      // PostgreSQL's own sentence may quote a malformed value; the statement before it must not.
      throw new Error(error.message.split(' - ')[0]);
    }),
    db('staff').insert({ username: 'zhang-san-173', password_hash: 'zhang-san-173', name: null }),
  ]);
  for (const failure of failures) {
    expect(failure.status).toBe('rejected');
    if (failure.status === 'rejected') expect(String(failure.reason)).not.toContain('zhang-san-173');
  }
});

test('a bigint is a number, a date a text, a timestamp a Date', async () => {
  const { rows } = await db.raw(
    `select 9007199254740991::bigint as big, '2026-09-05'::date as day, '2026-09-05 15:00+08'::timestamptz as at`,
  );
  expect(rows[0]).toEqual({ big: 9007199254740991, day: '2026-09-05', at: new Date('2026-09-05T07:00:00Z') });
  await expect(db.raw('select 9007199254740993::bigint')).rejects.toThrow(RangeError);
});
