import type { Knex } from 'knex';

/**
 * That this database came out of a backup, and what was found since that does not agree with it: ids and counts only.
 * `settled_at`: workers have compared every workflow that runs. `taken_by_until`: one of them is about it.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table restore (
      id uuid primary key,
      backup_at timestamptz not null,
      restored_at timestamptz not null default now(),
      settled_at timestamptz,
      taken_until timestamptz
    );
    create table restore_finding (
      restore_id uuid not null references restore,
      kind text not null check (kind in ('workflow_without_row', 'row_brought_forward', 'row_cannot_follow', 'row_ahead',
        'entry_of_unknown', 'gate_ahead', 'erased_again')),
      subject text not null,
      detail jsonb not null default '{}',
      seen_at timestamptz not null default now(),
      primary key (restore_id, kind, subject)
    );
    grant select, update (settled_at, taken_until) on restore to xiaomen_app;
    grant select, insert on restore_finding to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
