import type { Knex } from 'knex';

/**
 * A refusal that comes after its page had said that the request is on its way is told by a message too, which names the
 * request: what was asked, and why it was not done, stands there. What was refused before is told by none.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table message add column request_id uuid references request;
    create index message_request on message (request_id) where request_id is not null;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
