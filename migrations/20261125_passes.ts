import type { Knex } from 'knex';

/** Passes on phones: who opened one with nothing but its visit code, and quick look-ups of whose pass it is. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create index reservation_person_place on reservation_person (reservation_id, ordinal);
    -- Somebody typed the visit code where the holder was not signed in. Insert-only: the holder is told and sees it.
    create table pass_opening (
      id uuid primary key default uuidv7(),
      pass_id uuid not null,
      reservation_id uuid not null references reservation,
      -- Another account, or null: nobody was signed in.
      visitor_id uuid references visitor,
      opened_at timestamptz not null default now()
    );
    create index pass_opening_pass on pass_opening (pass_id, opened_at);
    grant select, insert on pass_opening to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
