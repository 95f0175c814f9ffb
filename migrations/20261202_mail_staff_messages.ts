import type { Knex } from 'knex';

/**
 * How members of staff are reached, and what they are told: an intent is a row with what causes it, a letter is one try
 * to hand over one or several of them by one channel. A task may be written anew by its workflow, so that a message
 * names it without a reference.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table staff_contact (
      staff_id uuid primary key references staff,
      language text not null default 'zh-CN' check (language in ('zh-CN', 'en')),
      email_enc bytea,
      email_since timestamptz,
      email_fault text check (email_fault in ('refused', 'bounced')),
      email_fault_at timestamptz,
      openid_enc bytea,
      openid_hash bytea unique,
      wechat_since timestamptz,
      -- One mail in the morning with what waits.
      digest boolean not null default true,
      digest_on date,
      -- Nothing by itself at night.
      quiet boolean not null default true,
      check ((email_enc is null) = (email_since is null)),
      check ((email_fault is null) = (email_fault_at is null)),
      check ((openid_enc is null) = (openid_hash is null) and (openid_enc is null) = (wechat_since is null))
    );

    create table staff_message (
      id uuid primary key default uuidv7(),
      staff_id uuid not null references staff,
      kind text not null check (kind ~ '^[a-z]+(_[a-z]+)*$'),
      key text not null unique,
      task_id uuid,
      reservation_id uuid,
      -- As the task was then: what is new since is told once more.
      nudges integer not null default 0,
      rung smallint not null default 0,
      status text not null default 'pending' check (status in ('pending', 'sent', 'failed', 'page', 'overtaken')),
      send_after timestamptz not null default now(),
      created_at timestamptz not null default now(),
      closed_at timestamptz,
      check ((status = 'pending') = (closed_at is null))
    );
    create index staff_message_due on staff_message (send_after) where status = 'pending';
    create index staff_message_task on staff_message (task_id, staff_id);
    create index staff_message_failed on staff_message (closed_at) where status = 'failed';

    create table staff_letter (
      id uuid primary key default uuidv7(),
      staff_id uuid not null references staff,
      channel text not null check (channel in ('mail', 'wechat')),
      started_at timestamptz not null default now(),
      finished_at timestamptz,
      outcome text check (outcome in ('accepted', 'refused', 'unknown')),
      fault text,
      code text,
      provider_id text,
      receipt text,
      receipt_at timestamptz
    );
    create table staff_letter_message (
      letter_id uuid not null references staff_letter on delete cascade,
      message_id uuid not null references staff_message on delete cascade,
      primary key (message_id, letter_id)
    );

    -- Whose mail is refused or comes back, and who has no other channel: the ladder need not wait for them.
    create view unreachable_staff as
      select staff_id from staff_contact where email_fault is not null and openid_enc is null;

    grant select, insert, update, delete on staff_contact, staff_message, staff_letter, staff_letter_message to xiaomen_app;
    grant select on unreachable_staff to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
