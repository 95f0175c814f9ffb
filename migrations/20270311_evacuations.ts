import type { Knex } from 'knex';

/**
 * An evacuation: who was inside when it began, and who was found safe, by whom, when and where. Marks only grow: each has an id
 * that its device gave it, so that what several tablets saw without a network is one set afterwards. No names: they are read where
 * the people are, for as long as those are kept.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table evacuation (
      id uuid primary key,
      campuses uuid[] not null,
      started_by uuid not null references staff,
      started_at timestamptz not null default now()
    );
    create table evacuation_person (
      evacuation_id uuid not null references evacuation,
      reservation_id uuid not null,
      ordinal integer not null,
      primary key (evacuation_id, reservation_id, ordinal)
    );
    create table evacuation_mark (
      id uuid primary key,
      evacuation_id uuid not null references evacuation,
      reservation_id uuid not null,
      ordinal integer not null,
      place text not null check (char_length(place) <= 40),
      staff_id uuid not null references staff,
      marked_at timestamptz not null,
      recorded_at timestamptz not null default now()
    );
    create index evacuation_mark_of on evacuation_mark (evacuation_id);
    grant select, insert on evacuation, evacuation_person, evacuation_mark to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
