import type { Knex } from 'knex';

/** An entry whose arm did not turn stays in the record, marked. What opened it tells later what no gate could know. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table gate_event add column annulled_at timestamptz,
      add column version integer,
      add column step bigint;
    alter table reservation drop constraint reservation_check1,
      add constraint reservation_check1 check (not corrected or outcome in ('completed', 'no_show'));
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
