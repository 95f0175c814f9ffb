import type { Knex } from 'knex';

/**
 * When a submission was admitted, so that two of one visitor at the same instant see each other before either workflow has
 * written what became of it. What was submitted stays frozen: the application may write this column alone.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table submission add column admitted_at timestamptz;
    grant update (admitted_at) on submission to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
