import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../testing/folder.ts';
import { freshDatabase, type TestDatabase } from '../../testing/postgres.ts';
import { migrateDatabase, missingMigrations } from './database.ts';

const migrations = fileURLToPath(new URL('../../migrations', import.meta.url));
const open: TestDatabase[] = [];
const database = async (from: 'migrated' | 'empty') => {
  const fresh = await freshDatabase(from);
  open.push(fresh);
  return fresh;
};
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.drop()));
});

describe('migrations', () => {
  it('run forward on an empty database, and once', async () => {
    const { url, ownerUrl, owner } = await database('empty');
    expect(await missingMigrations(url)).not.toEqual([]);
    expect(await migrateDatabase(ownerUrl)).not.toEqual([]);
    expect(await missingMigrations(url)).toEqual([]);
    expect(await migrateDatabase(ownerUrl)).toEqual([]);
    expect(await owner('reservation')).toEqual([]);
  });

  it('run forward on a filled database and keep what is in it', async () => {
    const { db, owner, ownerUrl } = await database('migrated');
    await db('campus').insert({ number: 1, name_zh: '主校区', name_en: 'Main campus' });
    await migrateDatabase(
      ownerUrl,
      withOneMore('alter table campus add column colour text not null default $$green$$'),
    );
    expect(await owner('campus').select('name_zh', 'colour')).toEqual([{ name_zh: '主校区', colour: 'green' }]);
  });

  it('leave nothing behind when one fails half way', async () => {
    const { owner, ownerUrl } = await database('migrated');
    const broken = withOneMore('create table half (id int); select no_such_function()');
    await expect(migrateDatabase(ownerUrl, broken)).rejects.toThrow(/no_such_function/);
    expect((await owner.raw("select to_regclass('half') as half")).rows).toEqual([{ half: null }]);
  });
});

describe('the application role', () => {
  const entry = { actor_kind: 'system', action: 'test.done', subject_kind: 'test', subject_id: '1' };

  it('adds to the audit and reads it', async () => {
    const { db } = await database('migrated');
    await db('audit').insert(entry);
    expect(await db('audit').select('action')).toEqual([{ action: 'test.done' }]);
  });

  it.each([
    ['change', 'update audit set action = $$other$$'],
    ['remove', 'delete from audit'],
    ['empty', 'truncate audit'],
    ['alter', 'alter table audit disable trigger all'],
    ['drop', 'drop table audit'],
    ['take over', 'alter table audit owner to xiaomen'],
  ])('cannot %s the audit', async (_, statement) => {
    const { db } = await database('migrated');
    await db('audit').insert(entry);
    await expect(db.raw(statement)).rejects.toThrow(/permission denied|must be owner/);
    expect(await db('audit').count()).toEqual([{ count: expect.anything() }]);
  });

  it.each(['consent', 'submission', 'reservation_person', 'decision'])(
    'cannot change a row of %s, which is evidence',
    async (table) => {
      const { db } = await database('migrated');
      await expect(db.raw('delete from ??', [table])).rejects.toThrow(/permission denied/);
      await expect(db.raw('update ?? set reservation_id = reservation_id', [table])).rejects.toThrow(
        table === 'consent' ? /does not exist/ : /permission denied/,
      );
    },
  );
});

/** The real migrations and one to come. */
function withOneMore(sql: string): string {
  const folder = temporaryFolder('xiaomen-migrations-');
  cpSync(migrations, folder, { recursive: true });
  writeFileSync(
    join(folder, '29991231_one_more.ts'),
    `export async function up(knex) { await knex.raw(${JSON.stringify(sql)}); }\nexport async function down() {}\n`,
  );
  return folder;
}
