import type { Knex } from 'knex';

/**
 * Until when a relay's attempt of a request may be under way: another request of the same reservation waits that long,
 * since two of one visit side by side would only wait for each other in its workflow.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table request add column sending_until timestamptz;
    create index request_sending on request (reservation_id, sending_until) where status = 'pending';
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
