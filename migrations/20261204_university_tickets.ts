import type { Knex } from 'knex';

/** CAS ends a session by the ticket that it began with: the session is found by the ticket's keyed hash. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create index staff_session_ticket on staff_session ((sess->'university'->>'ticket'))
      where sess->'university'->>'ticket' is not null;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
