import type { Knex } from 'knex';

/** What gates compare a document with is slow to make: it is kept beside the pass, for when a gate's rows are sealed anew. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table pass add column document_proof_enc bytea');
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
