import type { Knex } from 'knex';

/**
 * Which kinds of messages there are is said once, in domain/message-kinds.ts, and every writer is typed by it: the column
 * keeps to the form of a name only, so that a new kind needs no migration.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table message drop constraint message_kind_check;
    alter table message add constraint message_kind_check check (kind ~ '^[a-z]+(_[a-z]+)*$');
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
