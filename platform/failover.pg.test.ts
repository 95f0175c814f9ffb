import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type BlackHole, openBlackHole } from '../testing/black-hole.ts';
import { freshDatabase, type TestDatabase } from '../testing/postgres.ts';
import { type Database, openDatabase, probeDatabase } from './db.ts';
import { openReads, type Reads } from './reads.ts';

/** A database host that vanishes and another that takes its place, by a way that swallows what is sent. */

const longest = 15_000;
const poolSize = 5;

let database: TestDatabase;
let way: BlackHole;
let db: Database;
let reads: Reads;
beforeAll(async () => {
  database = await freshDatabase();
  const { hostname: host, port } = new URL(database.url);
  way = await openBlackHole({ host, port: Number(port) });
  const DATABASE_URL = way.through(database.url);
  db = openDatabase({ DATABASE_URL, DATABASE_POOL: poolSize });
  reads = openReads({ DATABASE_URL });
});
afterEach(() => way.takeOver());
afterAll(async () => {
  await Promise.all([db?.destroy(), reads?.end()]);
  await way?.close();
  await database?.drop();
});

/** As many at once as the pool has connections. */
const all = () => Promise.all(Array.from({ length: poolSize }, () => db.raw('select pg_sleep(0.05)')));
const allReads = () => Promise.all([1, 2].map((n) => reads.rows('select $1::int as n', [n])));
const hasFailed = (asked: Promise<unknown>) =>
  asked.then(
    () => false,
    () => true,
  );

test('the pool is whole again within 15 s of a failover, also when its connections were at work', async () => {
  await all();
  await allReads();
  const underWay = hasFailed(db.raw('select pg_sleep(2)'));
  await wait(200);
  way.swallow();
  const failedAt = Date.now();
  const asked = [underWay, hasFailed(db.raw('select 1')), hasFailed(allReads())];
  await wait(1_000);
  way.takeOver();

  expect(await Promise.all(asked)).toEqual([true, true, true]);
  await all();
  await allReads();
  expect(Date.now() - failedAt).toBeLessThan(longest);
});

test('nobody waits for the good-bye of a host that is away', async () => {
  const going = openReads({ DATABASE_URL: way.through(database.url) });
  await going.rows('select $1::int as n', [1]);
  way.swallow();
  const began = Date.now();
  await going.end();
  expect(Date.now() - began).toBeLessThan(10_000);
});

test('a connection that cannot be made is given up', async () => {
  const elsewhere = openDatabase({ DATABASE_URL: way.through(database.url), DATABASE_POOL: 2 });
  way.swallow();
  const began = Date.now();
  expect(await hasFailed(elsewhere.raw('select 1'))).toBe(true);
  expect(Date.now() - began).toBeLessThan(12_000);
  way.takeOver();
  await elsewhere.raw('select 1');
  await elsewhere.destroy();
});

test('a pool that works hard is not away, and one whose host vanished is missed soon', async () => {
  const asked = openDatabase({
    DATABASE_URL: way.through(database.url),
    DATABASE_POOL: 2,
    DATABASE_STATEMENT_MS: 2_000,
  });
  const work = Promise.all(Array.from({ length: 80 }, () => asked.raw('select pg_sleep(0.05)')));
  await probeDatabase(asked);
  expect(asked.client.pool.numPendingAcquires()).toBeGreaterThan(0);
  await work;
  way.swallow();
  const began = Date.now();
  expect(await hasFailed(probeDatabase(asked))).toBe(true);
  expect(Date.now() - began).toBeLessThan(6_000);
  await asked.destroy();
});

test('a statement, a wait for a lock and a transaction that stands still have an end', async () => {
  const limits = { DATABASE_STATEMENT_MS: 600, DATABASE_LOCK_MS: 200, DATABASE_TRANSACTION_IDLE_MS: 300 };
  const hasty = openDatabase({ DATABASE_URL: database.url, DATABASE_POOL: 2, ...limits });
  await expect(hasty.raw('select pg_sleep(5)')).rejects.toMatchObject({ code: '57014' });
  await database.db.transaction(async (trx) => {
    await trx.raw('lock table campus');
    await expect(hasty('campus').first()).rejects.toMatchObject({ code: '55P03' });
  });
  const still = hasty.transaction(async (trx) => {
    await trx.raw('select 1');
    await wait(600);
    await trx.raw('select 1');
  });
  await expect(still).rejects.toThrow();
  expect((await hasty.raw('select 1 as n')).rows).toEqual([{ n: 1 }]);
  await hasty.destroy();
});

test('a migration may take the time it needs', async () => {
  const { rows } = await database.owner.raw(
    `select rolname, rolconfig from pg_roles where rolname like 'xiaomen%' and rolconfig is not null`,
  );
  expect(rows).toEqual([]);
});
