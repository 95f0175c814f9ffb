import type { Knex } from 'knex';

/** What receipts, the purge and the page of staff who are not reached look up letters and messages by. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create index staff_letter_provider on staff_letter (provider_id) where provider_id is not null;
    create index staff_letter_message_letter on staff_letter_message (letter_id);
    create index staff_message_staff on staff_message (staff_id);
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
