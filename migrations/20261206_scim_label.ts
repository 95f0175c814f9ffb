import type { Knex } from 'knex';

/** With each token of a directory: which directory it is for, so that the right one of several is revoked. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Tokens of earlier releases have none.
    alter table scim_token add column label text check (char_length(label) between 1 and 40);
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
