import type { Knex } from 'knex';

/** Who sends a visit back to an earlier step marks fields as well: what that step is to look at. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table decision
      drop constraint decision_marks,
      add constraint decision_marks check (marked_fields is null or verdict in ('returned', 'returned_to_step'));
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
