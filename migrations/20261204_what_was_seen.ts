import type { Knex } from 'knex';

/** What a signer had before them: a hash over what was shown, kept with what they decided (store/approval/seen.ts). */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table decision add column seen_hash bytea check (octet_length(seen_hash) = 32)');
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
