import type { Knex } from 'knex';

/**
 * Open rows are compared with the engine in small steps. `sweep` holds how far the comparison has come, for all workers
 * together; `visit_fault` what it found, for the page of faults.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table sweep (
      singleton boolean primary key default true check (singleton),
      after uuid,
      next_at timestamptz not null default now()
    );
    insert into sweep default values;

    create table visit_fault (
      reservation_id uuid not null references reservation,
      kind text not null check (kind in ('lost', 'task_failing')),
      detail text not null check (detail ~ '^[a-z_]{1,40}$'),
      since timestamptz not null default now(),
      seen_at timestamptz not null default now(),
      primary key (reservation_id, kind)
    );
    create index visit_fault_seen on visit_fault (seen_at);
    create index reservation_open on reservation (id) where stage <> 'closed';
    create index reservation_due on reservation (stage_until) where stage <> 'closed';

    grant select, update on sweep to xiaomen_app;
    grant select, insert, update, delete on visit_fault to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
