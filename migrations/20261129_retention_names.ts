import type { Knex } from 'knex';

/** Each class of what is kept for a time is called what its purge deletes; days and beginnings stay. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    update retention r set class = n.name from (values
      ('photo', 'photos'),
      ('kept_form', 'chosen_parties'),
      ('code', 'codes_tries_and_kept_forms'),
      ('invitation', 'invitations'),
      ('companion', 'removed_companions'),
      ('guardian', 'unneeded_guardians'),
      ('recovery', 'lost_number_claims'),
      ('credential', 'pass_credentials'),
      ('message', 'messages'),
      ('visit_people', 'people_of_closed_visits'),
      ('gate_event', 'gate_events'),
      ('erased_account', 'left_of_erased_accounts'),
      ('account', 'idle_accounts'),
      ('audit', 'audit_records')
    ) as n (earlier, name) where r.class = n.earlier;

    -- The same function, with the class's name as it is now.
    create or replace function purge_audit(most integer) returns integer
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
    declare
      purged integer;
    begin
      delete from public.audit where id in (select a.id from public.audit a
        where a.at < now() - (select t.days from public.retention t where t.class = 'audit_records') * interval '1 day'
        order by a.id limit most);
      get diagnostics purged = row_count;
      return purged;
    end $body$;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
