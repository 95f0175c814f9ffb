import type { Knex } from 'knex';

/**
 * Staff are told of tasks in the messenger in which they work too. A user id there is sealed like an address, and bound by a
 * code that the messenger brought. A card whose button decides is a link of its own kind: the same rules, another way to use it.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table staff_messenger (
      id uuid primary key default uuidv7(),
      staff_id uuid not null references staff,
      messenger text not null check (messenger in ('wecom', 'feishu', 'dingtalk')),
      user_enc bytea not null,
      user_hash bytea not null,
      bound_at timestamptz not null default now(),
      -- It takes nothing for this person: it is left alone until they bind it anew or say that it does.
      fault text check (fault in ('no_user')),
      fault_at timestamptz,
      unique (staff_id, messenger),
      unique (messenger, user_hash),
      check ((fault is null) = (fault_at is null))
    );

    -- Who asks for a binding proves it by a code that goes to that user.
    create table staff_messenger_code (
      id uuid primary key default uuidv7(),
      staff_id uuid not null references staff,
      messenger text not null check (messenger in ('wecom', 'feishu', 'dingtalk')),
      user_enc bytea not null,
      code_hash bytea not null,
      tries smallint not null default 0 check (tries <= 5),
      made_at timestamptz not null default now(),
      expires_at timestamptz not null check (expires_at > made_at),
      unique (staff_id, messenger)
    );

    alter table staff_letter drop constraint staff_letter_channel_check,
      add constraint staff_letter_channel_check check (channel in ('mail', 'wechat', 'wecom', 'feishu', 'dingtalk'));

    -- 'mail': an address that is opened. Else a button, by whose messenger it is pressed.
    alter table task_link add column channel text not null default 'mail'
      check (channel in ('mail', 'wecom', 'feishu', 'dingtalk'));

    -- Who cannot be told any more: every channel that they have is at fault. The ladder need not wait for them.
    create or replace view unreachable_staff as
      select staff_id from staff_contact c
       where (email_fault is not null or wechat_fault is not null
           or exists (select from staff_messenger m where m.staff_id = c.staff_id and m.fault is not null))
         and (email_enc is null or email_fault is not null) and (openid_enc is null or wechat_fault is not null)
         and not exists (select from staff_messenger m where m.staff_id = c.staff_id and m.fault is null);

    grant select, insert, update, delete on staff_messenger, staff_messenger_code to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
