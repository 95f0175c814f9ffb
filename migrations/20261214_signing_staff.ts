import type { Knex } from 'knex';

/**
 * Whose signature can count: somebody who serves and is not an auditor alone, who looks and never decides. It is asked at the
 * decision, of people who are named and of those who stand in, whatever they were when they were named.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create view signing_staff as
      select s.id from staff s where s.left_at is null
        and (select bool_and(r.role = 'auditor') from staff_role r where r.staff_id = s.id) is not true;

    create or replace view signature_actor as
      select r.submission_id, r.step, r.ordinal, r.task_id, a.staff_id from asked_signature r
      join acting_staff a on a.department_id = r.department_id and a.role = r.role
      where r.people is null and (a.staff_id = any (r.not_by)) is not true and not exists (select from standing_signer n
        where n.submission_id = r.submission_id and n.step = r.step and n.ordinal <> r.ordinal and n.staff_id = a.staff_id)
      union all
      select r.submission_id, r.step, r.ordinal, r.task_id, s.id from asked_signature r
      join signing_staff s on s.id = any (r.people)
      where (s.id = any (r.not_by)) is not true and not exists (select from standing_signer n
        where n.submission_id = r.submission_id and n.step = r.step and n.ordinal <> r.ordinal and n.staff_id = s.id);

    create or replace view task_seat as
      select t.id as task_id, a.staff_id, 'own' as via, a.held from task t
      join acting_staff a on a.department_id = t.department_id and a.role = t.role
      where t.people is null
      union all
      select t.id, s.id, 'own', true from task t join signing_staff s on s.id = any (t.people)
      union all
      select t.id, a.staff_id, 'ladder', a.held from task t
      join acting_staff a on a.department_id = t.department_id and a.role = 'head'
      where t.people is not null and not exists (select from signing_staff s where s.id = any (t.people))
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
        join signing_staff s on s.id = d.delegate_id
        union all
        select t.task_id, a.assistant_id, 'assistant', a.staff_id, t.held from task_seat t
        join assistant a on a.staff_id = t.staff_id and a.ended_at is null
        join signing_staff s on s.id = a.assistant_id
      ) a
      where not exists (select from own_visit v where v.task_id = a.task_id and v.staff_id in (a.staff_id, a.behalf))
        and not exists (select from signed_beside b where b.task_id = a.task_id and b.staff_id in (a.staff_id, a.behalf));

    create or replace function acts_for(person uuid) returns table (staff_id uuid, via text, behalf uuid)
    language plpgsql stable rows 2 as $$
    #variable_conflict use_column
    begin
      if not exists (select from signing_staff s where s.id = person) then return; end if;
      return query
        select person, 'own', null::uuid
        union all
        select d.staff_id, 'delegate', d.staff_id from delegation d
        where d.delegate_id = person and d.ended_at is null and now() >= d.from_at and now() < d.until_at
        union all
        select a.staff_id, 'assistant', a.staff_id from assistant a
        where a.assistant_id = person and a.ended_at is null;
    end $$;

    grant select on signing_staff to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
