import type { Knex } from 'knex';

/**
 * Invitations to a visit, made by another system of the university for a host or a department: a link that opens the form filled
 * in. Of the link a hash is kept, and what a host's name and a purpose say is sealed.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table visit_invitation (
      id uuid primary key,
      api_key_id uuid not null references api_key,
      token_hash bytea not null unique check (octet_length(token_hash) = 32),
      department_id uuid not null references department,
      -- A person of the department; null: the department itself invites.
      host_enc bytea,
      purpose_enc bytea,
      visit_from timestamptz not null,
      visit_until timestamptz not null,
      expires_at timestamptz not null,
      made_at timestamptz not null default now(),
      revoked_at timestamptz,
      -- The one visit that was asked for by it.
      reservation_id uuid unique references reservation,
      check (visit_from < visit_until),
      check (expires_at > made_at and expires_at <= visit_until)
    );
    create index visit_invitation_over on visit_invitation (expires_at);
    grant select, insert, update, delete on visit_invitation to xiaomen_app;

    -- What a key asked for once, under a name of its own: both as keyed hashes, and which row was the answer.
    create table api_once (
      api_key_id uuid not null references api_key,
      once_hash bytea not null check (octet_length(once_hash) = 32),
      body_hash bytea not null check (octet_length(body_hash) = 32),
      answer_id uuid not null,
      made_at timestamptz not null default now(),
      primary key (api_key_id, once_hash)
    );
    create index api_once_made on api_once (made_at);
    grant select, insert, delete on api_once to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
