import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { takenAway } from './migrations.ts';

/** @param sql inside a migration that is otherwise as ours are */
function of(sql: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'xiaomen-migration-'));
  try {
    const file = join(folder, '1_theme.ts');
    const down = 'export async function down(): Promise<void> { throw new Error("drop table everything"); }';
    writeFileSync(
      file,
      `/** Mentions: drop table visit. */\nexport async function up(knex) { await knex.raw(\`${sql}\`); }\n${down}`,
    );
    return takenAway(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test.each([
  ['alter table visit drop column note', ['drops column note']],
  ['drop table visit;', ['drops table visit']],
  ['alter table visit rename column note to remark', ['renames to remark']],
  ['alter table visit rename to stay', ['renames to stay']],
  ['alter table visit alter column note set not null', ['requires note']],
  ['alter table visit alter column note type text', ['changes the type of note']],
  ['alter table visit add column gate_id uuid not null references gate', ['requires gate_id']],
  ['drop view visit_now;', ['drops view visit_now']],
])('it takes something from the release that runs: %s', (sql, expected) => {
  expect(of(sql)).toEqual(expected);
});

test.each([
  'create table visit (id uuid primary key, note text not null)',
  'alter table visit add column note text, add column count int not null default 0',
  "alter table visit add column stand_ins uuid[] not null default '{}'",
  'drop view visit_now; create view visit_now as select 1',
  '-- drop table visit;',
])('it takes nothing: %s', (sql) => {
  expect(of(sql)).toEqual([]);
});
