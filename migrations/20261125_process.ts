import type { Knex } from 'knex';

/** Messages that no workflow hands over: kept in the transaction that causes them, sent by any worker. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table message
      add column queued boolean not null default false,
      add column next_try_at timestamptz not null default now();
    create index message_queue on message (next_try_at) where queued and status = 'pending';
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
