import type { Knex } from 'knex';

/**
 * How an approver finds a task again: by hashes of the whole name or the end of the phone number of somebody submitted,
 * and by filters that they keep. Rows of before have no such hash; `npm run keys -- rehash` makes them.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table reservation_person add column name_hash bytea, add column phone_tail_hash bytea;
    create index reservation_person_name on reservation_person (name_hash) where name_hash is not null;
    create index reservation_person_phone_tail on reservation_person (phone_tail_hash) where phone_tail_hash is not null;

    -- Whatever erases somebody erases what they could be found by.
    create function forget_search_keys() returns trigger language plpgsql as $$
    begin
      new.name_hash := null;
      new.phone_tail_hash := null;
      return new;
    end $$;
    create trigger forget_search_keys before update on reservation_person
      for each row when (new.erased_at is not null) execute function forget_search_keys();
    alter table reservation_person add constraint reservation_person_found check
      (erased_at is null or name_hash is null and phone_tail_hash is null);

    create table inbox_filter (
      id uuid primary key default uuidv7(),
      staff_id uuid not null references staff,
      -- As in the inbox's address: ids and words of ours.
      query text not null check (query <> '' and length(query) <= 400),
      created_at timestamptz not null default now(),
      unique (staff_id, query)
    );
    grant select, insert, delete on inbox_filter to xiaomen_app;
    revoke update, truncate on inbox_filter from xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
