import type { Knex } from 'knex';

/**
 * Whoever was not seen leaving, on which rung of the ladder that stands, and when somebody said that everybody has left. Once a
 * visit is over its row says who of the party came, and whose exit no gate saw: entries at gates are kept for less long.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table reservation
      add column overstay smallint not null default 0 check (overstay between 0 and 3),
      add column said_left_at timestamptz,
      add column came integer[],
      add column exit_unseen integer[];
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
