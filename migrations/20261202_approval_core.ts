import type { Knex } from 'knex';

/**
 * Roles of staff, each for a department or for the whole university, and who may act on a task at this moment. A task asks
 * for a role of its department or for named people; a rung of the ladder lets others act beside them; somebody who stands
 * in for a person acts on their behalf. Everything that reads or proves a right goes through `task_actor`.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table staff_role (
      staff_id uuid not null references staff,
      role text not null check (role in
        ('approver', 'head', 'deputy', 'host', 'reception', 'security', 'auditor', 'admin')),
      department_id uuid references department,
      since timestamptz not null default now(),
      unique nulls not distinct (staff_id, role, department_id)
    );
    create index staff_role_department on staff_role (department_id, role);
    insert into staff_role (staff_id, role, department_id) select staff_id, 'approver', department_id from staff_department;

    create table delegation (
      id uuid primary key default uuidv7(),
      staff_id uuid not null references staff,
      delegate_id uuid not null references staff,
      from_at timestamptz not null,
      until_at timestamptz not null,
      created_at timestamptz not null default now(),
      ended_at timestamptz,
      check (staff_id <> delegate_id),
      check (from_at < until_at)
    );
    create index delegation_staff on delegation (staff_id) where ended_at is null;
    create index delegation_delegate on delegation (delegate_id) where ended_at is null;
    create table assistant (
      staff_id uuid not null references staff,
      assistant_id uuid not null references staff,
      since timestamptz not null default now(),
      ended_at timestamptz,
      check (staff_id <> assistant_id)
    );
    create unique index assistant_standing on assistant (staff_id, assistant_id) where ended_at is null;
    create index assistant_assistant on assistant (assistant_id) where ended_at is null;

    alter table task
      add column role text not null default 'approver' check (role in
        ('approver', 'head', 'deputy', 'host', 'reception', 'security')),
      add column people uuid[] check (cardinality(people) > 0),
      add column rung smallint not null default 0 check (rung between 0 and 4);
    alter table decision
      add column via text check (via in ('own', 'ladder', 'delegate', 'assistant')),
      add column behalf_id uuid references staff,
      add check ((via in ('delegate', 'assistant')) = (behalf_id is not null));

    drop view acting_staff;
    drop view attended_department;
    drop table staff_department;

    create view attended_department as
      select distinct m.department_id as id from staff_role m
      join staff s on s.id = m.staff_id
      where s.left_at is null and m.role = 'approver' and m.department_id is not null;

    create view acting_staff as
      with recursive asked (role) as (
        values ('approver'), ('head'), ('deputy'), ('host'), ('reception'), ('security')
      ),
      held as (
        select distinct m.department_id, m.role from staff_role m
        join staff s on s.id = m.staff_id and s.left_at is null
      ),
      way (department_id, role, at, attended) as (
        select d.id, a.role, d.id, exists (select from held h where h.department_id = d.id and h.role = a.role)
        from department d cross join asked a
        union
        select w.department_id, w.role, d.parent_id,
          exists (select from held h where h.department_id = d.parent_id and h.role = w.role)
        from way w join department d on d.id = w.at where not w.attended and d.parent_id is not null
      ),
      attended as (select department_id, role, at from way where way.attended)
      select w.department_id, w.role, m.staff_id from attended w
      join staff_role m on m.department_id = w.at and m.role = w.role
      join staff s on s.id = m.staff_id and s.left_at is null
      union all
      select d.id, m.role, m.staff_id from department d
      join staff_role m on m.department_id is null and m.role in (select role from asked)
      join staff s on s.id = m.staff_id and s.left_at is null
      where not exists (select from attended w where w.department_id = d.id and w.role = m.role)
      union all
      select d.id, a.role, s.id from department d cross join asked a join staff s on s.is_admin and s.left_at is null
      where not exists (select from attended w where w.department_id = d.id and w.role = a.role)
        and not exists (select from held h where h.department_id is null and h.role = a.role);

    create view task_seat as
      select t.id as task_id, a.staff_id, 'own' as via from task t
      join acting_staff a on a.department_id = t.department_id and a.role = t.role
      where t.people is null
      union all
      select t.id, s.id, 'own' from task t join staff s on s.id = any (t.people) and s.left_at is null
      union all
      select t.id, a.staff_id, 'ladder' from task t
      join acting_staff a on a.department_id = t.department_id and a.role = 'head'
      where t.people is not null
        and not exists (select from staff s where s.id = any (t.people) and s.left_at is null)
      union all
      select t.id, a.staff_id, 'ladder' from task t
      join acting_staff a on a.department_id = t.department_id and a.role in ('deputy', 'head')
      where t.rung >= 3
      union all
      select t.id, a.staff_id, 'ladder' from task t
      join acting_staff a on a.department_id = t.department_id and a.role = 'security'
      where t.rung >= 4;

    create view task_actor as
      select task_id, staff_id, via, null::uuid as behalf from task_seat
      union all
      select t.task_id, d.delegate_id, 'delegate', d.staff_id from task_seat t
      join delegation d on d.staff_id = t.staff_id and d.ended_at is null and now() >= d.from_at and now() < d.until_at
      join staff s on s.id = d.delegate_id and s.left_at is null
      union all
      select t.task_id, a.assistant_id, 'assistant', a.staff_id from task_seat t
      join assistant a on a.staff_id = t.staff_id and a.ended_at is null
      join staff s on s.id = a.assistant_id and s.left_at is null;

    grant select on attended_department, acting_staff, task_seat, task_actor to xiaomen_app;
    grant select, insert, delete on staff_role to xiaomen_app;
    grant select, insert, update on delegation, assistant to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
