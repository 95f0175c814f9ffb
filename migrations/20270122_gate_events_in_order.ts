import type { Knex } from 'knex';

/** Other systems read what gates saw in the order in which it was recorded. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('create index gate_event_in_order on gate_event (recorded_at, id)');
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
