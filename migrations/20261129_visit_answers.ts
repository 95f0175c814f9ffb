import type { Knex } from 'knex';

/**
 * What a visitor answers on the form is one sealed document. A migration has no keys: rows of before keep their two columns,
 * which are read for good and written no more.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table submission add column answers_enc bytea;
    alter table submission drop constraint submission_host;
    alter table submission
      add constraint submission_answers_once
        check (answers_enc is null or (host_enc is null and note_enc is null)),
      -- A row without the document is one of before: there a personal visit, and no other, names its host.
      add constraint submission_answers
        check (erased_at is not null or answers_enc is not null or (channel = 'personal') = (host_enc is not null)),
      add constraint submission_erased
        check (erased_at is null or (answers_enc is null and host_enc is null and note_enc is null));

    -- Whatever function erases a submission, its answers go with it.
    create function empty_erased_submission() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp as $body$
    begin
      new.answers_enc := null;
      return new;
    end $body$;
    create trigger empty_erased_submission before update of erased_at on submission
      for each row when (new.erased_at is not null) execute function empty_erased_submission();
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
