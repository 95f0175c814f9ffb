import type { Knex } from 'knex';

/**
 * A WeChat of staff that takes no messages is known as an address is, so that the ladder need not wait for its person; and a
 * code by which a phone binds the WeChat in it to the account that is signed in on a desktop.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table staff_contact
      add column wechat_fault text check (wechat_fault in ('not_following', 'bad_openid', 'blocked')),
      add column wechat_fault_at timestamptz,
      add check ((wechat_fault is null) = (wechat_fault_at is null)),
      add check (wechat_fault is null or openid_enc is not null);

    -- Who cannot be told any more: every channel that they have is at fault. The ladder need not wait for them.
    create or replace view unreachable_staff as
      select staff_id from staff_contact
       where (email_fault is not null or wechat_fault is not null)
         and (email_enc is null or email_fault is not null) and (openid_enc is null or wechat_fault is not null);

    create table staff_wechat_code (
      id uuid primary key default uuidv7(),
      staff_id uuid not null references staff,
      -- On the desktop: its end is the code's end.
      session_id uuid not null references staff_session (id) on delete cascade,
      code_hash bytea not null unique check (octet_length(code_hash) = 32),
      made_at timestamptz not null default now(),
      expires_at timestamptz not null check (expires_at > made_at),
      used_at timestamptz
    );
    create index staff_wechat_code_session on staff_wechat_code (session_id);
    grant select, insert, update, delete on staff_wechat_code to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
