import type { Knex } from 'knex';

/**
 * Public halves of the keys that sign for gates, as the processes that hold the private ones wrote them, each signed by the key
 * before it. Only a key of passes can be given up. And which of them each gate said that it believes.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table public_key (
      use text not null check (use in ('pass', 'renewal', 'feed')),
      kid integer not null check (kid between 1 and 65535),
      public bytea not null check (length(public) = 32),
      vouched_by integer,
      vouch bytea check (length(vouch) = 64),
      added_at timestamptz not null default now(),
      revoked_at timestamptz check (revoked_at is null or use = 'pass'),
      primary key (use, kid),
      check ((vouched_by is null) = (vouch is null))
    );
    grant select, insert, update (revoked_at) on public_key to xiaomen_app;
    alter table gate_contact add column believed_keys text[] not null default '{}';
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
