import type { Knex } from 'knex';

/** Whether those who are inside may ask to stay longer: the office's choice for each campus. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table campus add column extensions boolean not null default true');
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
