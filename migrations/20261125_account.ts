import type { Knex } from 'knex';

/** Who follows the official account, and how somebody who lost a number gets back to their account: an office looks. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Newest word of WeChat about this person: repeated and late events change nothing.
    alter table visitor
      add column wechat_event_at timestamptz,
      add column wechat_left_at timestamptz;

    create table phone_recovery (
      id uuid primary key default uuidv7(),
      -- The account of the new number, which is proved.
      visitor_id uuid not null references visitor,
      old_phone_enc bytea, old_phone_hash bytea,
      name_enc bytea,
      document_enc bytea, document_hash bytea,
      status text not null default 'open' check (status in ('open', 'approved', 'refused', 'withdrawn')),
      staff_id uuid references staff,
      note_enc bytea,
      created_at timestamptz not null default now(),
      closed_at timestamptz,
      check ((status = 'open') = (closed_at is null)),
      -- What was claimed is needed until it is decided, and no longer.
      check ((status = 'open') = (name_enc is not null)),
      check ((name_enc is null) = (old_phone_enc is null) and (name_enc is null) = (document_enc is null)),
      check ((old_phone_enc is null) = (old_phone_hash is null) and (document_enc is null) = (document_hash is null))
    );
    create unique index phone_recovery_open on phone_recovery (visitor_id) where status = 'open';
    create index phone_recovery_waiting on phone_recovery (created_at) where status = 'open';
    grant select, insert, update on phone_recovery to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
