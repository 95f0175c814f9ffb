import type { Knex } from 'knex';

/**
 * Who may act for a department, as it is at this moment: its approvers; where none is left, those of the nearest department
 * above that has one; where there is none, the admins. What waits moves by itself, and comes back with the next approver.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create view attended_department as
      select distinct m.department_id as id from staff_department m
      join staff s on s.id = m.staff_id where s.left_at is null;

    create view acting_staff as
      with recursive way (department_id, at, attended) as (
        select d.id, d.id, exists (select from attended_department a where a.id = d.id) from department d
        union
        select w.department_id, d.parent_id, exists (select from attended_department a where a.id = d.parent_id)
        from way w join department d on d.id = w.at where not w.attended and d.parent_id is not null
      )
      select w.department_id, m.staff_id from way w
      join staff_department m on m.department_id = w.at
      join staff s on s.id = m.staff_id and s.left_at is null
      where w.attended
      union all
      select d.id, s.id from department d cross join staff s
      where s.is_admin and s.left_at is null
        and not exists (select from way w where w.department_id = d.id and w.attended);

    grant select on attended_department, acting_staff to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
