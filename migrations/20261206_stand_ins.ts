import type { Knex } from 'knex';

/** With each time that a task was passed on: who could act on it until then only for somebody else. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Among \`former\`. Earlier releases kept none.
    alter table transfer add column stand_ins uuid[] not null default '{}';
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
