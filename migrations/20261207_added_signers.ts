import type { Knex } from 'knex';

/**
 * 加签: somebody with a task asks for another person's signature before it or after it. Who was added is a row beside the
 * decision to add them, and each has to sign, beside what the policy asks. Taken back, or refused by the process, it asks for
 * nothing. Nobody who is named so signs another task of the same step.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table added_signer (
      request_id uuid primary key references decision,
      submission_id uuid not null references compiled_policy,
      step smallint not null,
      ordinal smallint not null,
      -- The task of whoever was added, and the one that they were added to.
      task_id uuid not null unique,
      to_task uuid not null,
      place text not null check (place in ('before', 'after')),
      department_id uuid not null references department,
      staff_id uuid not null references staff,
      added_at timestamptz not null default now()
    );
    create index added_signer_submission on added_signer (submission_id, step);
    create index added_signer_to on added_signer (to_task);
    create index request_signer_removed on request ((payload->>'signer')) where kind = 'remove_signer';

    -- Not refused, and not taken back or about to be.
    create view standing_signer as
      select a.* from added_signer a join request q on q.id = a.request_id and q.status <> 'refused'
      where not exists (select from request w
        where w.kind = 'remove_signer' and w.payload->>'signer' = a.task_id::text and w.status <> 'refused');

    create view asked_signature as
      select submission_id, step, ordinal, task_id, department_id, role, people, not_by from required_signature
      union all
      select submission_id, step, ordinal, task_id, department_id, 'approver', array[staff_id], null from standing_signer;

    create or replace view signature_actor as
      select r.submission_id, r.step, r.ordinal, r.task_id, a.staff_id from asked_signature r
      join acting_staff a on a.department_id = r.department_id and a.role = r.role
      where r.people is null and (a.staff_id = any (r.not_by)) is not true and not exists (select from standing_signer n
        where n.submission_id = r.submission_id and n.step = r.step and n.ordinal <> r.ordinal and n.staff_id = a.staff_id)
      union all
      select r.submission_id, r.step, r.ordinal, r.task_id, s.id from asked_signature r
      join staff s on s.id = any (r.people) and s.left_at is null
      where (s.id = any (r.not_by)) is not true and not exists (select from standing_signer n
        where n.submission_id = r.submission_id and n.step = r.step and n.ordinal <> r.ordinal and n.staff_id = s.id);

    create or replace view signed_beside as
      select t.id as task_id, signer.staff_id from task t
      join task o on o.reservation_id = t.reservation_id and o.round = t.round and o.step = t.step
        and o.ordinal <> t.ordinal and o.status = 'approved'
      join decision d on d.request_id = o.decision_id
      cross join lateral (values (d.staff_id), (d.behalf_id)) signer (staff_id)
      where t.status = 'open' and signer.staff_id is not null
      union all
      select t.id, named.staff_id from task t
      join standing_signer a on a.submission_id = t.submission_id and a.step = t.step and a.task_id <> t.id
      left join moved_seat m on m.task_id = a.task_id
      cross join lateral unnest(case when m.task_id is null then array[a.staff_id] else m.people end) named (staff_id)
      where t.status = 'open';

    alter table decision
      drop constraint decision_reason,
      add constraint decision_reason check (verdict in ('approved', 'proposed', 'revoked', 'signer_removed')
        or reason_enc is not null or refused_for is not null or erased_at is not null);

    grant select, insert on added_signer to xiaomen_app;
    revoke update, delete, truncate on added_signer from xiaomen_app;
    grant select on standing_signer, asked_signature to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
