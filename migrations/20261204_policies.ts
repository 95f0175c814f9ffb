import type { Knex } from 'knex';

/**
 * Who has to approve a visit is data: a policy of a department, a channel, or the whole university, in versions that never
 * change. What admission compiles of it for a submission is kept as rows, and each decision says which of the required
 * signatures it gives, so that a pass is signed by rows alone. Nobody signs twice in a step, or for a visit of their own.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table approval_policy (
      id uuid primary key default uuidv7(),
      department_id uuid references department,
      channel text check (channel in ('personal', 'official')),
      unique nulls not distinct (department_id, channel)
    );
    create table approval_policy_version (
      id uuid primary key default uuidv7(),
      policy_id uuid not null references approval_policy,
      version integer not null check (version > 0),
      -- Null: from here on what applies without it.
      document jsonb,
      published_by uuid references staff,
      published_at timestamptz not null default now(),
      unique (policy_id, version)
    );
    with usual as (insert into approval_policy default values returning id)
    insert into approval_policy_version (policy_id, version, document)
      select id, 1, '{"steps": [{"signers": [{"role": "approver"}], "need": 1}], "once": true}' from usual;

    create table compiled_policy (
      submission_id uuid primary key references submission,
      version_id uuid not null references approval_policy_version,
      -- In order, of each step: how many signatures are enough, and its time.
      steps jsonb not null check (jsonb_array_length(steps) > 0),
      once boolean not null,
      compiled_at timestamptz not null default now()
    );
    create table required_signature (
      submission_id uuid not null references compiled_policy,
      step smallint not null,
      ordinal smallint not null,
      task_id uuid not null,
      department_id uuid not null references department,
      role text not null check (role in ('approver', 'head', 'deputy', 'host', 'reception', 'security')),
      people uuid[] check (cardinality(people) > 0),
      primary key (submission_id, step, ordinal)
    );
    create table signature (
      request_id uuid not null references decision,
      submission_id uuid not null references submission,
      step smallint not null,
      ordinal smallint not null,
      primary key (request_id, step, ordinal)
    );
    create index signature_submission on signature (submission_id);

    create view signature_actor as
      select r.submission_id, r.step, r.ordinal, r.task_id, a.staff_id from required_signature r
      join acting_staff a on a.department_id = r.department_id and a.role = r.role
      where r.people is null
      union all
      select r.submission_id, r.step, r.ordinal, r.task_id, s.id from required_signature r
      join staff s on s.id = any (r.people) and s.left_at is null;

    create view own_visit as
      select t.id as task_id, c.staff_id from staff_contact c
      join visitor v on v.openid_hash = c.openid_hash and v.superseded_at is null
      join reservation r on r.visitor_id = v.id
      join task t on t.reservation_id = r.id
      union all
      select t.id, c.staff_id from staff_contact c
      join visitor v on v.openid_hash = c.openid_hash and v.superseded_at is null
      join reservation_person p on p.visitor_id = v.id
      join task t on t.reservation_id = p.reservation_id and t.submission_id = p.submission_id;

    create view signed_beside as
      select t.id as task_id, signer.staff_id from task t
      join task o on o.reservation_id = t.reservation_id and o.round = t.round and o.step = t.step
        and o.ordinal <> t.ordinal and o.status = 'approved'
      join decision d on d.request_id = o.decision_id
      cross join lateral (values (d.staff_id), (d.behalf_id)) signer (staff_id)
      where t.status = 'open' and signer.staff_id is not null;

    create or replace view task_actor as
      select a.task_id, a.staff_id, a.via, a.behalf from (
        select task_id, staff_id, via, null::uuid as behalf from task_seat
        union all
        select t.task_id, d.delegate_id, 'delegate', d.staff_id from task_seat t
        join delegation d on d.staff_id = t.staff_id and d.ended_at is null and now() >= d.from_at and now() < d.until_at
        join staff s on s.id = d.delegate_id and s.left_at is null
        union all
        select t.task_id, a.assistant_id, 'assistant', a.staff_id from task_seat t
        join assistant a on a.staff_id = t.staff_id and a.ended_at is null
        join staff s on s.id = a.assistant_id and s.left_at is null
      ) a
      where not exists (select from own_visit v where v.task_id = a.task_id and v.staff_id in (a.staff_id, a.behalf))
        and not exists (select from signed_beside b where b.task_id = a.task_id and b.staff_id in (a.staff_id, a.behalf));

    grant select, insert on approval_policy, approval_policy_version, compiled_policy, required_signature, signature to xiaomen_app;
    revoke update, delete, truncate on approval_policy_version, compiled_policy, required_signature, signature from xiaomen_app;
    grant select on signature_actor, own_visit, signed_beside, task_actor to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
