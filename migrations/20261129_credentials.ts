import type { Knex } from 'knex';

/** How a credential reached a gate: the kinds are listed in domain/credentials.ts, a row only has a word of that form. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table gate_event drop constraint gate_event_method_check;
    alter table gate_event add constraint gate_event_method_check check (method ~ '^[a-z][a-z_]{0,19}$');
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
