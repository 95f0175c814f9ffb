import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshDatabase, type TestDatabase } from '../testing/postgres.ts';
import { until } from '../testing/until.ts';
import { openReads, type Reads } from './reads.ts';

let database: TestDatabase;
let reads: Reads;
beforeAll(async () => {
  database = await freshDatabase();
  reads = openReads({ DATABASE_URL: database.url });
});
afterAll(async () => {
  await reads?.end();
  await database?.drop();
});

const doubled = async (n: number) => (await reads.rows<{ n: number }>('select $1::int * 2 as n', [n]))[0]?.n;

test('reads sent at the same time each get their own answer, also when one of them fails', async () => {
  const answers = await Promise.allSettled([
    doubled(1),
    reads.rows('select 1 / $1::int', [0]),
    doubled(2),
    reads.rows('select $1::int from nowhere', [1]),
    doubled(3),
    doubled(4),
  ]);
  expect(answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : answer.reason.code))).toEqual([
    2,
    '22012',
    4,
    '42P01',
    6,
    8,
  ]);
});

test('values come as they do from every other query', async () => {
  const [row] = await reads.rows(`select $1::bigint as big, date '2026-11-25' as day, to_timestamp(0) as at`, [12]);
  expect(row).toEqual({ big: 12, day: '2026-11-25', at: new Date(0) });
});

test('a read after the connections were lost opens new ones', async () => {
  await Promise.all([doubled(1), doubled(2)]);
  const under = reads.rows('select pg_sleep($1)', [60]);
  const lost = expect(under).rejects.toThrow(/terminat/);
  await database.db.raw(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  await lost;
  await until(async () => (await doubled(5)) === 10, 'a read is answered again');
});

test('a database that is not there is an error for the caller', async () => {
  const nowhere = openReads({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' });
  await expect(nowhere.rows('select $1', [1])).rejects.toThrow(/terminated|ECONNREFUSED/);
  await nowhere.end();
});
