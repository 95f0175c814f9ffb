import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import knex, { type Knex } from 'knex';

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

/** Makes the schema that an earlier release had, in an empty database. @param names of the migrations that it had taken */
export async function migrateAsFarAs(ownerUrl: string, names: string[]): Promise<void> {
  const db = knex({ client: 'pg', connection: ownerUrl, pool: { min: 0, max: 1 } });
  const migrationSource: Knex.MigrationSource<string> = {
    getMigrations: async () => names.toSorted(),
    getMigrationName: (name) => name,
    getMigration: (name) => import(pathToFileURL(join(directory, name)).href),
  };
  try {
    await db.migrate.latest({ migrationSource });
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

/** Those of this release, in the order in which they run. */
export function allMigrations(): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.ts'))
    .sort();
}
