import type { Knex } from 'knex';

/**
 * What one member of staff may act on, found from their side: first the few seats that they or those they stand in for
 * hold, then the tasks of these by index. `task_actor` stays the truth for every proof and works it out for everybody at
 * once, which a list of thousands of tasks cannot wait for.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Both in plpgsql, which is planned once and stays out of the plans that ask: these know that a person has few seats.
    -- Everybody whose seats this person may use at this moment. behalf: null for their own.
    create function acts_for(person uuid) returns table (staff_id uuid, via text, behalf uuid)
    language plpgsql stable rows 2 as $$
    #variable_conflict use_column
    begin return query
      select s.id, 'own', null::uuid from staff s where s.id = person and s.left_at is null
      union all
      select d.staff_id, 'delegate', d.staff_id from delegation d
      join staff s on s.id = d.delegate_id and s.left_at is null
      where d.delegate_id = person and d.ended_at is null and now() >= d.from_at and now() < d.until_at
      union all
      select a.staff_id, 'assistant', a.staff_id from assistant a
      join staff s on s.id = a.assistant_id and s.left_at is null
      where a.assistant_id = person and a.ended_at is null;
    end $$;

    -- The rows of acting_staff of one person: what they hold and everything below it until the next holder; what nobody
    -- holds at or above a department goes to the university's, else to the admins, who do not hold it.
    create function acting_seats(person uuid) returns table (department_id uuid, role text, held boolean)
    language plpgsql stable rows 2 as $$
    #variable_conflict use_column
    begin return query
      with recursive asked (role) as (
        values ('approver'), ('head'), ('deputy'), ('host'), ('reception'), ('security')
      ),
      held as (
        select m.staff_id, m.department_id, m.role from staff_role m
        join staff s on s.id = m.staff_id and s.left_at is null
      ),
      below (department_id, role) as (
        select h.department_id, h.role from held h
        where h.staff_id = person and h.department_id is not null and h.role in (select role from asked)
        union
        select d.id, b.role from below b join department d on d.parent_id = b.department_id
        where not exists (select from staff_role m join staff s on s.id = m.staff_id and s.left_at is null
          where m.department_id = d.id and m.role = b.role)
      ),
      everywhere (role, held) as (
        select h.role, true from held h
        where h.staff_id = person and h.department_id is null and h.role in (select role from asked)
        union
        select a.role, false from asked a join staff s on s.id = person and s.is_admin and s.left_at is null
        where not exists (select from held h where h.department_id is null and h.role = a.role)
      ),
      covered (department_id, role) as (
        select h.department_id, h.role from held h
        where h.department_id is not null and h.role in (select role from everywhere)
        union
        select d.id, c.role from covered c join department d on d.parent_id = c.department_id
      )
      select b.department_id, b.role, true from below b
      union
      select d.id, e.role, e.held from department d cross join everywhere e
      where not exists (select from covered c where c.department_id = d.id and c.role = e.role);
    end $$;

    -- An open task is found by its seat, its named people or its rung; a closed one also by when it was closed.
    drop index task_inbox;
    create index task_open on task (department_id, role, decide_by) where status = 'open';
    create index task_open_named on task using gin (people) where status = 'open' and people is not null;
    create index task_open_rung on task (department_id, rung) where status = 'open' and rung >= 3;
    create index task_closed on task (department_id, role, closed_at) where status <> 'open';
    create index task_named on task using gin (people) where people is not null;
    create index task_rung on task (department_id, rung) where rung >= 3;
    create index request_ending on request (reservation_id) where kind in ('cancel', 'revoke');

    grant execute on function acts_for(uuid), acting_seats(uuid) to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
