import type { Knex } from 'knex';

/**
 * Sessions that are looked for by something else than their id: by the code or the form that opened them, when it comes once
 * more, and by the person who gave the password and has not shown the second factor yet.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create index visitor_session_came_by on visitor_session ((sess->>'cameBy')) where sess->>'cameBy' is not null;
    create index visitor_session_settled_by on visitor_session ((sess->'settled'->>'by'))
      where sess->'settled'->>'by' is not null;
    create index staff_session_passed on staff_session ((sess->'passed'->>'staff'))
      where sess->'passed'->>'staff' is not null;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
