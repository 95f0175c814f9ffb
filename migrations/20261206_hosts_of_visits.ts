import type { Knex } from 'knex';

/** Where a visit needs two signatures or more, its host gives none but the one that is asked of the host. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Who may not give it, since they host the visit. Earlier releases kept nobody out.
    alter table required_signature add column not_by uuid[] check (cardinality(not_by) > 0);
    create index required_signature_not_by on required_signature (submission_id) where not_by is not null;

    create or replace view signature_actor as
      select r.submission_id, r.step, r.ordinal, r.task_id, a.staff_id from required_signature r
      join acting_staff a on a.department_id = r.department_id and a.role = r.role
      where r.people is null and (a.staff_id = any (r.not_by)) is not true
      union all
      select r.submission_id, r.step, r.ordinal, r.task_id, s.id from required_signature r
      join staff s on s.id = any (r.people) and s.left_at is null
      where (s.id = any (r.not_by)) is not true;

    -- Whose visit a task is about: they ask, they come, or they host where others have to sign.
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
      where r.not_by is not null;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
