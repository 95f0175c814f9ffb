import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshDatabase, type TestDatabase } from '../testing/postgres.ts';
import { openDatabase, openDatabaseById } from './db.ts';

let database: TestDatabase;
let db: ReturnType<typeof openDatabase>;
beforeAll(async () => {
  database = await freshDatabase();
  await database.owner('campus').insert({ number: 1, name_zh: '主校区', name_en: 'Main campus' });
  // At most one connection at a time, so that every statement meets the same one.
  db = openDatabase({ DATABASE_URL: database.url, DATABASE_POOL: 1 });
});
afterAll(async () => {
  await db?.destroy();
  await database?.drop();
});

const campuses = () => db('campus').where({ number: 1 });

test('a statement is planned once, however often it runs', async () => {
  for (let time = 0; time < 3; time += 1) expect(await campuses()).toHaveLength(1);
  const { rows } = await db.raw('select statement from pg_prepared_statements where statement like ?', ['%"campus"%']);
  expect(rows).toEqual([{ statement: 'select * from "campus" where "number" = $1' }]);
});

test('a running process goes on over a migration that changes what a statement returns', async () => {
  await campuses();
  await database.owner.raw(`alter table campus add column colour text not null default 'green'`);
  expect(await campuses()).toMatchObject([{ colour: 'green' }]);
  expect(await campuses()).toMatchObject([{ colour: 'green' }]);
});

test('a transaction that meets a changed schema fails with the cause, and the next one works', async () => {
  await db.transaction((trx) => trx('department').where({ closed_at: null, name_en: 'x' }));
  await database.owner.raw('alter table department add column floor integer');
  const look = () => db.transaction((trx) => trx('department').where({ closed_at: null, name_en: 'x' }));
  await expect(look()).rejects.toMatchObject({ code: '0A000' });
  expect(await look()).toEqual([]);
});

test('what is found by ids is planned once, on a connection that stays open', async () => {
  const settings = { DATABASE_URL: database.url, DATABASE_POOL: 1, DATABASE_IDLE_MS: 1 };
  const seen = await Promise.all(
    [openDatabaseById, openDatabase].map(async (open) => {
      const pool = open(settings);
      for (const username of ['one', 'two', 'three']) await pool('staff').where({ username }).select('id');
      const { rows } = await pool.raw(
        `select generic_plans as once, custom_plans as anew from pg_prepared_statements where statement like '%"staff"%'`,
      );
      await wait(5);
      pool.client.pool.check();
      const kept = pool.client.pool.numFree();
      await pool.destroy();
      return { ...rows[0], kept };
    }),
  );
  expect(seen).toEqual([
    { once: 3, anew: 0, kept: 1 },
    { once: 0, anew: 3, kept: 0 },
  ]);
});

test('however many texts others ask, what is found by ids is planned once', async () => {
  for (let n = 0; n < 301; n += 1) await db.raw(`select ${n} as n where 1 = ?`, [1]);
  const pool = openDatabaseById({ DATABASE_URL: database.url, DATABASE_POOL: 1 });
  await pool('department').where({ name_en: 'x' }).select('id', 'closed_at');
  const { rows } = await pool.raw('select count(*) as n from pg_prepared_statements where statement like ?', [
    '%"department"%',
  ]);
  await pool.destroy();
  expect(rows).toEqual([{ n: 1 }]);
});
