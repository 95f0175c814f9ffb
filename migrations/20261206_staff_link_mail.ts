import type { Knex } from 'knex';

/**
 * Links to sign in that go out by mail: whom a mail is for is sealed and goes with the link; each try is a letter with a token
 * of its own, kept as a hash, which opens the same link. Letters show afterwards whether the address took it.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table staff_link_mail (
      link_id uuid primary key references staff_link on delete cascade,
      address_enc bytea not null,
      status text not null default 'pending' check (status in ('pending', 'sent', 'unknown', 'failed')),
      send_after timestamptz not null default now(),
      made_at timestamptz not null default now()
    );
    create index staff_link_mail_due on staff_link_mail (send_after) where status = 'pending';

    create table staff_link_letter (
      -- The mail's Message-ID begins with it.
      id uuid primary key default uuidv7(),
      link_id uuid not null references staff_link_mail on delete cascade,
      token_hash bytea not null unique check (octet_length(token_hash) = 32),
      started_at timestamptz not null default now(),
      finished_at timestamptz,
      outcome text check (outcome in ('accepted', 'refused', 'unknown')),
      fault text,
      code text,
      provider_id text,
      receipt text,
      receipt_at timestamptz
    );
    create index staff_link_letter_of on staff_link_letter (link_id);

    grant select, insert, update, delete on staff_link_mail, staff_link_letter to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
