import type { Knex } from 'knex';

/** An assistant's standing is a row that can be named, so that its end can be asked for. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table assistant add column id uuid not null default uuidv7() primary key;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
