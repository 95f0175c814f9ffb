import type { Knex } from 'knex';

/**
 * Keys of a university's other systems: what each may ask for, for which department and below, and until when. Kept as a hash;
 * what a key is and may do is never changed, it is revoked and another one made. An act by a key is an act of its own kind in
 * the audit.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table api_key (
      id uuid primary key default uuidv7(),
      key_hash bytea not null unique check (octet_length(key_hash) = 32),
      label text not null check (char_length(label) between 1 and 40),
      scopes text[] not null check (cardinality(scopes) > 0),
      -- The key sees this department and those below it; null: the whole university.
      department_id uuid references department,
      expires_at timestamptz not null,
      made_by uuid not null references staff,
      made_at timestamptz not null default now(),
      used_at timestamptz,
      revoked_at timestamptz,
      check (expires_at > made_at)
    );
    grant select, insert, update (used_at, revoked_at) on api_key to xiaomen_app;

    alter table audit drop constraint audit_actor_kind_check;
    alter table audit add constraint audit_actor_kind_check
      check (actor_kind in ('visitor', 'staff', 'system', 'gate', 'anonymous', 'key')) not valid;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
