import type { Knex } from 'knex';

/** A pass outlives what it opened with: its row stays for the record, tokens and gate code go with the person or in time. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table pass alter column token_enc drop not null, alter column gate_code_enc drop not null;
    alter table pass add check ((token_enc is null) = (gate_code_enc is null));
    alter table pass add check (token_enc is not null or static_token_enc is null);
    create index pass_with_token on pass (valid_until) where token_enc is not null;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
