import type { Knex } from 'knex';

/**
 * Since when an account has its number: what others typed with that number long before may be about somebody who had it earlier.
 * Changes of before are known by the audit, as far as that reaches back.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table visitor add column phone_since timestamptz not null default now();
    update visitor v set phone_since = greatest(v.registered_at, (
      select max(a.at) from audit a where a.subject_kind = 'visitor' and a.subject_id = v.id::text
        and a.action in ('phone_changed', 'recovery_approved')));
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
