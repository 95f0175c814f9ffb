import type { Knex } from 'knex';

/** Scans that opened nothing, told by gates in batches. No workflow knows of them. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table gate_refusal (
      gate_id text not null references gate,
      id uuid not null,
      occurred_at timestamptz not null,
      recorded_at timestamptz not null default now(),
      direction text not null check (direction in ('in', 'out')),
      method text not null check (method ~ '^[a-z][a-z_]{0,19}$'),
      reason text not null check (reason ~ '^[a-z][a-z_]{0,29}$'),
      asked_by text not null check (asked_by in ('scanner', 'console') or asked_by like 'device:%'),
      -- Of no row here where a pass of elsewhere was shown.
      reservation_id uuid,
      ordinal integer,
      primary key (id, gate_id)
    );
    create index gate_refusal_age on gate_refusal (occurred_at);
    create index gate_refusal_visit on gate_refusal (reservation_id, occurred_at) where reservation_id is not null;
    grant select, insert, update, delete on gate_refusal to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
