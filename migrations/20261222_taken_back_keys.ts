import type { Knex } from 'knex';

/** A lost key of renewals or of the feed can be given up like one of passes. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table public_key drop constraint public_key_check');
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
