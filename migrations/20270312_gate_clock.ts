import type { Knex } from 'knex';

/** How far a gate's clock was ahead of ours when it asked for its feed; negative: behind. Its signed request says its time. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table gate_contact add column clock_ahead_ms integer');
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
