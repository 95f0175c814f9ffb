import type { Knex } from 'knex';

/** Which keys each running process works with: ids only. A key is not used before everybody who must open it has it. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table key_holder (
      process uuid primary key,
      part text not null check (part in ('web', 'worker')),
      held jsonb not null,
      seen_at timestamptz not null default now()
    );
    grant select, insert, update, delete on key_holder to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
