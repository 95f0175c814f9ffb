import type { Knex } from 'knex';

/**
 * Who is at work on a task, so that colleagues see it, and what is said beside a decision: to the visitor, who may answer
 * once, or among staff. Neither is part of the process: a workflow knows nothing of these rows.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table claim (
      id uuid primary key default uuidv7(),
      -- A task may be written anew by its workflow.
      task_id uuid not null,
      staff_id uuid not null references staff,
      claimed_at timestamptz not null default now(),
      released_at timestamptz
    );
    create unique index claim_standing on claim (task_id) where released_at is null;
    create index claim_staff on claim (staff_id) where released_at is null;

    create table task_comment (
      id uuid primary key,
      reservation_id uuid not null references reservation,
      task_id uuid not null,
      staff_id uuid references staff,
      visitor_id uuid references visitor,
      to_visitor boolean not null,
      -- The comment that the visitor answers, each once.
      answers_id uuid unique references task_comment,
      text_enc bytea,
      written_at timestamptz not null default now(),
      erased_at timestamptz,
      check ((staff_id is null) <> (visitor_id is null)),
      check ((visitor_id is null) = (answers_id is null)),
      check ((text_enc is null) = (erased_at is not null))
    );
    create index task_comment_reservation on task_comment (reservation_id, written_at);

    grant select, insert on claim, task_comment to xiaomen_app;
    grant update (released_at) on claim to xiaomen_app;
    grant update (text_enc, erased_at) on task_comment to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
