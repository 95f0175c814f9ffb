import type { Knex } from 'knex';

/** A decision that its approver took back, or is about to, proves no signature. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create index request_withdrawal on request ((payload->>'decision')) where kind = 'withdraw_decision';
    create view withdrawn_decision as
      select q.payload->>'decision' as request_id from request q
      where q.kind = 'withdraw_decision' and q.status <> 'refused';
    grant select on withdrawn_decision to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
