import type { Knex } from 'knex';

/** Who of the security desk may log in at gates by a PIN of their own; gates are told of the hash, sealed, with each page of their feed. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table gate_pin (
      staff_id uuid primary key references staff,
      pin_hash text not null check (pin_hash like '$argon2id$%'),
      made_at timestamptz not null default now()
    );
    grant select, insert, update, delete on gate_pin to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
