import type { Knex } from 'knex';

/**
 * A visit with added signers (加签) moves to another version of its policy: where each of them stands by that version is a row of
 * the move. `placed_signer` is everybody who was added, at the place of the last move that was not refused; who was taken out
 * before it has none any more.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table moved_signer (
      move_id uuid not null references policy_move,
      -- The task of whoever was added.
      task_id uuid not null references added_signer (task_id),
      step smallint not null,
      ordinal smallint not null,
      to_task uuid not null,
      primary key (move_id, task_id)
    );
    create index moved_signer_task on moved_signer (task_id);
    -- By the clock of a move, not by the beginning of the transaction: who is added waits for one that is under way.
    alter table added_signer alter column added_at set default clock_timestamp();

    create view placed_signer as
      select a.request_id, a.submission_id, coalesce(p.step, a.step) as step, coalesce(p.ordinal, a.ordinal) as ordinal, a.task_id,
        coalesce(p.to_task, a.to_task) as to_task, a.place, a.department_id, a.staff_id, a.added_at
      from added_signer a
      left join lateral (
        select m.request_id, m.moved_at from policy_move m
        join request q on q.id = m.request_id and q.kind = 'move_policy' and q.status <> 'refused'
        where m.submission_id = a.submission_id order by m.moved_at desc limit 1) c on true
      left join moved_signer p on p.move_id = c.request_id and p.task_id = a.task_id
      where c.request_id is null or p.task_id is not null or a.added_at > c.moved_at;

    create or replace view standing_signer as
      select a.* from placed_signer a join request q on q.id = a.request_id and q.status <> 'refused'
      where not exists (select from request w
        where w.kind = 'remove_signer' and w.payload->>'signer' = a.task_id::text and w.status <> 'refused');

    grant select, insert on moved_signer to xiaomen_app;
    revoke update, delete, truncate on moved_signer from xiaomen_app;
    grant select on placed_signer to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
