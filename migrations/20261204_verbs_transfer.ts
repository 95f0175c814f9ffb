import type { Knex } from 'knex';

/**
 * A task may become another seat's. Whose it is by now is kept as a row beside the decision to pass it on, by somebody who
 * had the right then, so that a signature is proved by rows alone. Which kinds of requests and verdicts there are is said
 * once, in domain/request.ts, and every writer is typed by it: the columns keep to the form of a name.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table request drop constraint if exists request_kind_check;
    alter table request add constraint request_kind_check check (kind ~ '^[a-z]+(_[a-z]+)*$');
    alter table decision drop constraint if exists decision_verdict_check;
    alter table decision add constraint decision_verdict_check check (verdict ~ '^[a-z]+(_[a-z]+)*$');

    create table transfer (
      request_id uuid primary key references decision,
      task_id uuid not null,
      department_id uuid not null references department,
      role text not null check (role in ('approver', 'head', 'deputy', 'host', 'reception', 'security')),
      people uuid[] check (cardinality(people) > 0),
      -- Everybody who might have acted until then.
      former uuid[] not null,
      moved_at timestamptz not null default now()
    );
    create index transfer_task on transfer (task_id, moved_at);

    -- Where a task was passed on to last, if it was.
    create view moved_seat as
      select distinct on (m.task_id) m.task_id, m.department_id, m.role, m.people, m.request_id, m.moved_at
      from transfer m join request q on q.id = m.request_id and q.status <> 'refused'
      order by m.task_id, m.moved_at desc;

    grant select, insert on transfer to xiaomen_app;
    revoke update, delete, truncate on transfer from xiaomen_app;
    grant select on moved_seat to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
