import type { Knex } from 'knex';

/**
 * Whether somebody is an admin is a role like the others, for the whole university: the column follows the role. A person
 * who has left has no roles, so that a return brings none back.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    delete from staff_role r using staff s where s.id = r.staff_id and s.left_at is not null;
    insert into staff_role (staff_id, role, department_id)
      select id, 'admin', null from staff where is_admin and left_at is null on conflict do nothing;
    alter table staff_role add constraint staff_role_of_university
      check (role not in ('admin', 'auditor') or department_id is null);

    create function follow_admin_role() returns trigger language plpgsql as $$
    begin
      update staff s set is_admin = exists (select from staff_role r where r.staff_id = s.id and r.role = 'admin')
        where s.id = coalesce(new.staff_id, old.staff_id);
      return null;
    end $$;
    create trigger follow_admin_role after insert or update or delete on staff_role
      for each row execute function follow_admin_role();
    update staff set is_admin = false where left_at is not null;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
