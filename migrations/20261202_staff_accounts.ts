import type { Knex } from 'knex';

/**
 * Accounts of staff that an office keeps up by itself: a link by which an invited person sets a password, sessions that
 * their owner can tell apart and that end, and the second factor of an authenticator's app.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- An invited person has no password yet.
    alter table staff alter column password_hash drop not null;
    alter table staff add column must_change_password boolean not null default false;

    create table staff_link (
      id uuid primary key default uuidv7(),
      staff_id uuid not null references staff,
      use text not null check (use in ('invitation', 'reset')),
      token_hash bytea not null unique check (octet_length(token_hash) = 32),
      made_at timestamptz not null default now(),
      expires_at timestamptz not null check (expires_at > made_at),
      used_at timestamptz,
      revoked_at timestamptz
    );
    create unique index staff_link_one_open on staff_link (staff_id) where used_at is null and revoked_at is null;

    -- Sessions from before count from now on.
    alter table staff_session add column id uuid not null default uuidv7() unique;
    alter table staff_session add column began_at timestamptz not null default now();
    create index staff_session_of on staff_session ((sess->>'staff'));

    create table staff_second_factor (
      staff_id uuid primary key references staff,
      secret_enc bytea not null,
      made_at timestamptz not null default now(),
      confirmed_at timestamptz,
      -- The step of the last code that was taken: each counts once.
      last_step bigint not null default -1
    );
    create table staff_recovery_code (
      staff_id uuid not null references staff_second_factor on delete cascade,
      code_hash bytea not null check (octet_length(code_hash) = 32),
      used_at timestamptz,
      primary key (staff_id, code_hash)
    );

    grant select, insert, update, delete on staff_link, staff_second_factor, staff_recovery_code to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
