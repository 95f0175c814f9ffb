import type { Knex } from 'knex';

/**
 * A gate's box that asks to be let in: its public keys, under a hash of the code that it shows. An admin types the code, and what the
 * gate needs is laid here for it, sealed to its key. The clock is the database's.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table gate_enrolment (
      -- Of 128 random bits: a quick hash says nothing of them.
      code_hash bytea primary key check (octet_length(code_hash) = 32),
      identity_key bytea not null check (octet_length(identity_key) = 32),
      sealing_key bytea not null check (octet_length(sealing_key) = 32),
      asked_at timestamptz not null default now(),
      expires_at timestamptz not null default now() + interval '15 minutes',
      refused_at timestamptz,
      confirmed_at timestamptz,
      gate_id text references gate,
      answer bytea,
      check (num_nonnulls(confirmed_at, gate_id, answer) in (0, 3)),
      check (num_nonnulls(confirmed_at, refused_at) < 2)
    );
    create index gate_enrolment_age on gate_enrolment (expires_at);
    grant select, insert, delete, update (refused_at, confirmed_at, gate_id, answer) on gate_enrolment to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
