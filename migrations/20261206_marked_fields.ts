import type { Knex } from 'knex';

/** Which fields of the form are to be corrected, marked by whoever sent it back: names of fields, nothing of their content. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table decision
      add column marked_fields text[] check (cardinality(marked_fields) > 0),
      add constraint decision_marks check (marked_fields is null or verdict = 'returned');
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
