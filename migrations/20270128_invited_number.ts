import type { Knex } from 'knex';

/** An invitation can be for one number alone: its last four digits, sealed, which say nothing of who it is. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table visit_invitation add column phone_tail_enc bytea');
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
