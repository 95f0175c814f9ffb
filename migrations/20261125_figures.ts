import type { Knex } from 'knex';

/** An index for the list of visits that somebody goes along on: from their frozen copy to what stands. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('create index reservation_standing on reservation (submission_id) where submission_id is not null');
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
