import type { Knex } from 'knex';

/**
 * Staff sign in by the university: who they are there, by the provider's own name for them, which never changes hands. User
 * names may be what a university has: a staff number, or an address.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table staff drop constraint staff_username_check;
    alter table staff add constraint staff_username_check check (username ~ '^[a-z0-9][a-z0-9._@-]{1,63}$');

    create table staff_identity (
      -- Who says so: the issuer of OpenID Connect, or the address of CAS.
      issuer text not null check (issuer <> '' and length(issuer) <= 300),
      subject text not null check (subject <> '' and length(subject) <= 255),
      staff_id uuid not null references staff,
      since timestamptz not null default now(),
      primary key (issuer, subject)
    );
    -- One person at the university is one person here.
    create unique index staff_identity_of on staff_identity (staff_id, issuer);
    grant select, insert, delete on staff_identity to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
