import type { Knex } from 'knex';

/**
 * Fingerprints of the keys that this database is written with. A process whose keys are others does not start. The
 * application adds to them and takes none away: giving a key up is an act of the schema's owner.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table key_fingerprint (
      kind text not null check (kind in ('field', 'index', 'codec', 'session', 'renewal', 'feed', 'pass')),
      kid text not null,
      fingerprint text not null check (fingerprint ~ '^[0-9a-f]{32}$'),
      added_at timestamptz not null default now(),
      primary key (kind, kid)
    );
    grant select, insert on key_fingerprint to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
