import type { Knex } from 'knex';

/**
 * Styles and scripts of every release that serves pages, by their address, which has the hash of what is in it: a page that
 * was opened before a rollout finds its own, whichever release is asked for them.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table served_asset (
      path text primary key check (path like '/assets/%' and length(path) <= 200),
      type text not null check (length(type) <= 100),
      body bytea not null check (length(body) <= 2000000),
      -- When a process last said that its pages ask for it.
      served_at timestamptz not null default now()
    );
    create index served_asset_at on served_asset (served_at);
    grant select, insert, delete on served_asset to xiaomen_app;
    -- What is at an address stays.
    grant update (served_at) on served_asset to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
