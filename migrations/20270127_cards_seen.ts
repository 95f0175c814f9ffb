import type { Knex } from 'knex';

/** What a card showed beside its button: the decision by it is on that, and on nothing else. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table task_link add column seen text');
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
