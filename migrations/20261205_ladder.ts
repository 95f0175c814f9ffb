import type { Knex } from 'knex';

/**
 * Rungs of the ladder let people act who hold the role – of the department, of the nearest one above that has somebody, or of
 * the whole university – and never an admin in place of a deputy, a head or a desk that nobody is. A signature of the
 * security desk is given by no department.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- \`held\`: the role is theirs; else they are an admin where nobody has it.
    create or replace view acting_staff as
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
      select w.department_id, w.role, m.staff_id, true as held from attended w
      join staff_role m on m.department_id = w.at and m.role = w.role
      join staff s on s.id = m.staff_id and s.left_at is null
      union all
      select d.id, m.role, m.staff_id, true from department d
      join staff_role m on m.department_id is null and m.role in (select role from asked)
      join staff s on s.id = m.staff_id and s.left_at is null
      where not exists (select from attended w where w.department_id = d.id and w.role = m.role)
      union all
      select d.id, a.role, s.id, false from department d cross join asked a join staff s on s.is_admin and s.left_at is null
      where not exists (select from attended w where w.department_id = d.id and w.role = a.role)
        and not exists (select from held h where h.department_id is null and h.role = a.role);

    create or replace view task_seat as
      select t.id as task_id, a.staff_id, 'own' as via, a.held from task t
      join acting_staff a on a.department_id = t.department_id and a.role = t.role
      where t.people is null
      union all
      select t.id, s.id, 'own', true from task t join staff s on s.id = any (t.people) and s.left_at is null
      union all
      select t.id, a.staff_id, 'ladder', a.held from task t
      join acting_staff a on a.department_id = t.department_id and a.role = 'head'
      where t.people is not null
        and not exists (select from staff s where s.id = any (t.people) and s.left_at is null)
      union all
      select t.id, a.staff_id, 'ladder', true from task t
      join acting_staff a on a.department_id = t.department_id and a.role in ('deputy', 'head') and a.held
      where t.rung >= 3 and t.role <> 'security'
      union all
      select t.id, a.staff_id, 'ladder', true from task t
      join acting_staff a on a.department_id = t.department_id and a.role = 'security' and a.held
      where t.rung >= 4;

    create or replace view task_actor as
      select a.task_id, a.staff_id, a.via, a.behalf, a.held from (
        select task_id, staff_id, via, null::uuid as behalf, held from task_seat
        union all
        select t.task_id, d.delegate_id, 'delegate', d.staff_id, t.held from task_seat t
        join delegation d on d.staff_id = t.staff_id and d.ended_at is null and now() >= d.from_at and now() < d.until_at
        join staff s on s.id = d.delegate_id and s.left_at is null
        union all
        select t.task_id, a.assistant_id, 'assistant', a.staff_id, t.held from task_seat t
        join assistant a on a.staff_id = t.staff_id and a.ended_at is null
        join staff s on s.id = a.assistant_id and s.left_at is null
      ) a
      where not exists (select from own_visit v where v.task_id = a.task_id and v.staff_id in (a.staff_id, a.behalf))
        and not exists (select from signed_beside b where b.task_id = a.task_id and b.staff_id in (a.staff_id, a.behalf));
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
