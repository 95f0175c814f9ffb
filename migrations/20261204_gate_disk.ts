import type { Knex } from 'knex';

/** What a gate said of a disk that it cannot write; all three are null while it says nothing. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table gate_contact
      add column disk_failing_since timestamptz,
      add column disk_kept integer check (disk_kept >= 0),
      add column disk_lost integer check (disk_lost >= 0),
      add check (num_nulls(disk_failing_since, disk_kept, disk_lost) in (0, 3));
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
