import type { Knex } from 'knex';

/**
 * A university's directory keeps accounts up by SCIM 2.0: by a token that an admin makes, kept as a hash, and by the directory's
 * own name for each person.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table staff
      add column external_id text unique check (external_id <> '' and length(external_id) <= 255),
      -- Deleted by the directory: a person who has left, whom it is not shown any more.
      add column scim_removed_at timestamptz,
      add constraint staff_scim_removed check (scim_removed_at is null or left_at is not null);

    create table scim_token (
      id uuid primary key default uuidv7(),
      token_hash bytea not null unique check (octet_length(token_hash) = 32),
      made_by uuid not null references staff,
      made_at timestamptz not null default now(),
      used_at timestamptz,
      revoked_at timestamptz
    );
    grant select, insert, update on scim_token to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
