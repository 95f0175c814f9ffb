import type { Knex } from 'knex';

/**
 * What stands may rest on the approval of another submission, which it only narrows. Its workflow says which: of a visit that was
 * narrowed under an earlier release it does not know, and then no approval can be taken back.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Null: the submission's own.
    alter table reservation add column approved_submission_id uuid references submission;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
