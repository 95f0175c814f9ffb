import type { Knex } from 'knex';

/**
 * A visit that waits may be moved to another version of its policy, where an admin asked for that in a request. What it needs
 * from then on, and which of the signatures that it had stay, are rows of the move: `compiled_now`, `required_now` and
 * `signature_now` are what a submission needs and has at this moment, by the last move that was not refused.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table policy_move (
      request_id uuid primary key references request,
      submission_id uuid not null references compiled_policy,
      version_id uuid not null references approval_policy_version,
      steps jsonb not null check (jsonb_array_length(steps) > 0),
      once boolean not null,
      moved_at timestamptz not null default clock_timestamp()
    );
    create index policy_move_submission on policy_move (submission_id, moved_at);
    -- What an admin asked for with one form.
    create index request_policy_move on request ((payload->>'batch')) where kind = 'move_policy';

    -- Null: as it was admitted.
    alter table required_signature add column move_id uuid references policy_move,
      drop constraint required_signature_pkey,
      add constraint required_signature_seat unique nulls not distinct (submission_id, move_id, step, ordinal);
    alter table signature add column move_id uuid references policy_move,
      drop constraint signature_pkey,
      add constraint signature_once unique nulls not distinct (request_id, move_id, step, ordinal);

    create view compiled_now as
      select c.submission_id, coalesce(m.version_id, c.version_id) as version_id, coalesce(m.steps, c.steps) as steps,
        coalesce(m.once, c.once) as once, m.request_id as move_id
      from compiled_policy c
      left join lateral (
        select p.* from policy_move p join request q on q.id = p.request_id and q.kind = 'move_policy' and q.status <> 'refused'
        where p.submission_id = c.submission_id order by p.moved_at desc limit 1) m on true;
    create view required_now as
      select r.* from compiled_now c
      join required_signature r on r.submission_id = c.submission_id and r.move_id is not distinct from c.move_id;
    create view signature_now as
      select g.* from compiled_now c
      join signature g on g.submission_id = c.submission_id and g.move_id is not distinct from c.move_id;

    create or replace view asked_signature as
      select submission_id, step, ordinal, task_id, department_id, role, people, not_by, move_id from required_now
      union all
      select a.submission_id, a.step, a.ordinal, a.task_id, a.department_id, 'approver', array[a.staff_id], null, c.move_id
      from standing_signer a join compiled_now c on c.submission_id = a.submission_id;

    create or replace view own_visit as
      select t.id as task_id, c.staff_id from staff_contact c
      join visitor v on v.openid_hash = c.openid_hash and v.superseded_at is null
      join reservation r on r.visitor_id = v.id
      join task t on t.reservation_id = r.id
      union all
      select t.id, c.staff_id from staff_contact c
      join visitor v on v.openid_hash = c.openid_hash and v.superseded_at is null
      join reservation_person p on p.visitor_id = v.id
      join task t on t.reservation_id = p.reservation_id and t.submission_id = p.submission_id
      union all
      select t.id, h.staff_id from required_signature r
      cross join unnest(r.not_by) h (staff_id)
      join task t on t.submission_id = r.submission_id and t.step = r.step and t.ordinal = r.ordinal
      where r.not_by is not null
        and r.move_id is not distinct from (select c.move_id from compiled_now c where c.submission_id = r.submission_id);

    grant select, insert on policy_move to xiaomen_app;
    revoke update, delete, truncate on policy_move from xiaomen_app;
    grant select on compiled_now, required_now, signature_now to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
