import type { Knex } from 'knex';

/** A receipt that comes before the number of its text is written down asks for the texts on their way: few, among millions. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create index message_attempt_unfinished on message_attempt (started_at) where finished_at is null;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
