import type { Knex } from 'knex';

/** Which guard was at the console, and why somebody was let in by hand. As a gate says: a guard that nobody knows holds up no entry. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table gate_event add column guard_id uuid;
    alter table gate_event add column by_hand text check (by_hand ~ '^[a-z][a-z_]{0,29}$');
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
