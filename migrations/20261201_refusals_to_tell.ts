import type { Knex } from 'knex';

/**
 * What was refused after its page had said that it is on its way is told until it is seen, for a week at most. What was
 * refused before is told to nobody any more.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table request add column tell_until timestamptz;
    create index request_to_tell on request (actor_id) where tell_until is not null;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
