import type { Knex } from 'knex';

/** Gates ask every two seconds whom the other gates let in since: entries are found by when they were recorded. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`create index gate_event_recorded on gate_event (recorded_at) where direction = 'in'`);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
