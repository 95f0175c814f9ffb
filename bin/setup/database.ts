import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import knex from 'knex';

const directory = fileURLToPath(new URL('../../migrations', import.meta.url));

/**
 * Brings the schema forward, as the owner of the database.
 *
 * @param directoryOfMigrations for tests that stop half way.
 * @returns the names of the migrations that ran now.
 */
export async function migrateDatabase(ownerUrl: string, directoryOfMigrations = directory): Promise<string[]> {
  const db = knex({ client: 'pg', connection: ownerUrl, pool: { min: 0, max: 1 } });
  try {
    const [, names] = await db.migrate.latest({ directory: directoryOfMigrations, loadExtensions: ['.ts'] });
    return names as string[];
  } finally {
    await db.destroy();
  }
}

/** Names of the migrations that a database still lacks; any role that may read can ask. */
export async function missingMigrations(url: string): Promise<string[]> {
  const db = knex({ client: 'pg', connection: url, pool: { min: 0, max: 1 }, acquireConnectionTimeout: 10_000 });
  try {
    const { rows } = await db.raw("select to_regclass('public.knex_migrations') is not null as there");
    const done = rows[0].there ? await db('knex_migrations').pluck('name') : [];
    return allMigrations().filter((name) => !done.includes(name));
  } finally {
    await db.destroy();
  }
}

function allMigrations(): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.ts'))
    .sort();
}
