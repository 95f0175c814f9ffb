import type { Knex } from 'knex';

/**
 * Of one transition a person gets one version of a pass for each key that signs passes: what a lost key signed is made anew under the next
 * one. Rows of before do not say which key it was.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table pass add column key_id integer check (key_id between 1 and 65535);
    create unique index pass_once_a_key on pass (reservation_id, ordinal, seq, key_id) nulls not distinct
      where seq is not null;
    drop index pass_once;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
