import type { Client } from 'pg';
import { byKind, neededForGood } from '../../store/keys/key-fit.ts';
import { printsIn } from '../keys/fingerprint.ts';
import { allMigrations, migrateAsFarAs, migrateDatabase } from '../setup/database.ts';
import { refuseOthers, serverOf, withClient } from './engine.ts';
import type { Manifest } from './manifest.ts';
import { loadRows, saveRows } from './tables.ts';

/** The application's database. Its schema is made by the migrations that the backup names; later ones run afterwards. */

type Saved = Manifest['application'];

/** Within a snapshot that was taken at that moment. */
export async function saveApplication(client: Client, folder: string, takenAt: Date): Promise<Saved> {
  const { rows: migrations } = await client.query('select name from knex_migrations order by name');
  const { rows: prints } = await client.query('select kind, kid, fingerprint from key_fingerprint order by kind, kid');
  return {
    ...(await saveRows(client, folder, 'application')),
    takenAt: takenAt.toISOString(),
    server: await serverOf(client),
    migrations: migrations.map(({ name }) => name),
    fingerprints: byKind(prints),
  };
}

/** @throws Error when it is in use, is not empty and may not be replaced, or the backup is of a later release */
export async function checkApplication(ownerUrl: string, saved: Saved, replace: boolean): Promise<void> {
  const known = allMigrations();
  const unknown = saved.migrations.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`The backup is of a later release: this one lacks ${unknown.join(', ')}`);
  await withClient(ownerUrl, async (client) => {
    await refuseOthers(client);
    const [server, here] = [majorOf(saved.server), majorOf(await serverOf(client))];
    if (here < server) throw new Error(`The backup is of PostgreSQL ${server}, and this is ${here}`);
    const full = (await client.query(`select from pg_tables where schemaname = 'public' limit 1`)).rowCount === 1;
    if (full && !replace) throw new Error('The database of DATABASE_OWNER_URL is not empty: --replace takes its place');
  });
}

export async function restoreApplication(ownerUrl: string, folder: string, saved: Saved): Promise<string[]> {
  await withClient(ownerUrl, emptied);
  await migrateAsFarAs(ownerUrl, saved.migrations);
  await withClient(ownerUrl, (client) => loadRows(client, folder, saved));
  return migrateDatabase(ownerUrl);
}

/** The schema `public` as a new database has it. */
async function emptied(client: Client): Promise<void> {
  await client.query(`drop schema public cascade; create schema public authorization pg_database_owner;
    grant usage on schema public to public`);
}

const majorOf = (version: string): number => Number.parseInt(version, 10);

/** @throws Error naming the first key that the database was written with and these folders do not hold */
export function checkKeys(saved: Saved, keys: string): void {
  for (const kind of neededForGood) {
    const held = printsIn(keys, kind);
    const missing = Object.entries(saved.fingerprints[kind] ?? {}).find(([kid, print]) => held[kid] !== print);
    if (!missing) continue;
    const [kid, print] = missing;
    throw new Error(
      `${keys} lacks key ${kid} of ${kind}.json with fingerprint ${print}: these are not the keys of this database`,
    );
  }
}
