import type { Knex } from 'knex';

/**
 * Three stages that no reservation ever entered are none: notice and profile belong to the account, and the message is
 * sent beside the visit. A row that stands in one all the same goes to the stage that it waits in, or has reached.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    update reservation set stage = 'registration' where stage in ('consent', 'profile');
    update reservation set stage = 'visit' where stage = 'notification';
    do $body$
    declare
      older text;
    begin
      for older in select conname from pg_constraint
        where conrelid = 'reservation'::regclass and contype = 'c' and pg_get_constraintdef(oid) like '%profile%'
      loop
        execute format('alter table reservation drop constraint %I', older);
      end loop;
    end $body$;
    alter table reservation
      add constraint reservation_stage_known
        check (stage in ('registration', 'details', 'approval', 'pass', 'visit', 'closed')),
      add constraint reservation_submitted
        check (stage in ('registration', 'details', 'closed') or submission_id is not null);
    drop index reservation_one_draft;
    create unique index reservation_one_draft on reservation (visitor_id)
      where stage in ('registration', 'details') and submission_id is null;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
