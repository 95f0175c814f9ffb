import type { Knex } from 'knex';

/** Whom a guard let in without a pass: told by the gate, completed by the security desk, which says what it was about. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table emergency_entry (
      id uuid primary key,
      gate_id text not null references gate,
      campus_id uuid not null references campus,
      kind text not null check (kind ~ '^[a-z][a-z_]{0,19}$'),
      occurred_at timestamptz not null,
      recorded_at timestamptz not null default now(),
      -- A member of staff, as the gate says: it may be wrong, and holds nothing up.
      guard_id uuid,
      due_at timestamptz not null,
      completed_at timestamptz,
      completed_by uuid references staff,
      words_enc bytea,
      check ((completed_at is null) = (completed_by is null)),
      check ((completed_at is null) = (words_enc is null))
    );
    create index emergency_entry_campus on emergency_entry (campus_id, occurred_at);
    create index emergency_entry_age on emergency_entry (recorded_at);
    grant select, insert, update, delete on emergency_entry to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
