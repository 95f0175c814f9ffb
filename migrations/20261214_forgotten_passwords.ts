import type { Knex } from 'knex';

/**
 * A person who has forgotten their password asks for a link by themselves. What is asked for is a row, and a worker sees
 * whether there is such an account: the page does the same for every name. Such a link leaves those of an office alone.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table password_asking (
      id uuid primary key default uuidv7(),
      -- As it was typed: by mistake it may be a password.
      username_enc bytea not null,
      -- By whom the university signed people in at that moment.
      issuers text[] not null,
      address_hash bytea not null,
      request_id text not null,
      asked_at timestamptz not null default now()
    );
    create index password_asking_next on password_asking (asked_at, id);

    -- university: opens nothing; its mail says to sign in with the university's account.
    alter table staff_link drop constraint staff_link_use_check,
      add constraint staff_link_use_check check (use in ('invitation', 'reset', 'forgotten', 'university'));
    drop index staff_link_one_open;
    create unique index staff_link_one_open on staff_link (staff_id, (use = 'forgotten'))
      where used_at is null and revoked_at is null;
    create index staff_link_made on staff_link (staff_id, made_at);

    grant select, insert, update, delete on password_asking to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
