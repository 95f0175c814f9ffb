import type { Knex } from 'knex';

/** Which worker compares after a restore: one that stalled and comes back sees that another has taken over. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table restore add column taken_by uuid;
    grant update (taken_by) on restore to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
