import type { Knex } from 'knex';

/**
 * Links in mails, by which one person decides one task once without a login. Only a hash of the secret part is kept, and
 * how the task was when it was made: once it is another's, or asks for something else, the link is worthless.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create view task_mark as
      select t.id as task_id, md5(concat_ws('/', t.round, t.step, t.ordinal, t.department_id, t.role, t.people,
        coalesce(t.submission_id, r.submission_id))) as mark
      from task t join reservation r on r.id = t.reservation_id;

    create table task_link (
      id uuid primary key default gen_random_uuid(),
      token_hash bytea not null unique check (octet_length(token_hash) = 32),
      staff_id uuid not null references staff,
      task_id uuid not null,
      mark text not null,
      -- The address it went to, masked.
      sent_to text not null,
      made_at timestamptz not null default now(),
      expires_at timestamptz not null,
      tries smallint not null default 0 check (tries <= 5),
      used_at timestamptz
    );
    create index task_link_task on task_link (task_id);

    grant select on task_mark to xiaomen_app;
    grant select, insert, update, delete on task_link to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
