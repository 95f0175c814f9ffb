import type { Knex } from 'knex';

/** What gates could not know while they were apart, found once they told of it. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table gate_contradiction (
      event_id uuid not null references gate_event on delete cascade,
      kind text not null check (kind in ('revoked', 'replaced', 'entered_twice')),
      reservation_id uuid not null references reservation,
      ordinal integer not null,
      since timestamptz not null,
      other_event_id uuid references gate_event on delete cascade,
      found_at timestamptz not null default now(),
      -- It holds no more: an entry was annulled, or an exit came late.
      ended_at timestamptz,
      primary key (event_id, kind)
    );
    create index gate_contradiction_found on gate_contradiction (found_at) where ended_at is null;
    create index gate_contradiction_person on gate_contradiction (reservation_id, ordinal);
    create index gate_contradiction_other on gate_contradiction (other_event_id) where other_event_id is not null;
    grant select, insert, update, delete on gate_contradiction to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
