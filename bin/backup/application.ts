import type { Client } from 'pg';
import { byKind } from '../../store/keys/key-fit.ts';
import { allMigrations, migrateAsFarAs, migrateDatabase } from '../setup/database.ts';
import { databaseWords } from '../setup/database-words.ts';
import { refuseOlder, refuseOthers, serverOf, withClient } from './engine.ts';
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
    await refuseOlder(client, saved.server);
    await refuseStranger(client);
    if ((await holdsAnything(client)) && !replace)
      throw new Error('The database of DATABASE_OWNER_URL is not empty: --replace takes its place');
  });
}

/** @throws Error that says what became of the database: it is as it was, or empty */
export async function restoreApplication(ownerUrl: string, folder: string, saved: Saved): Promise<string[]> {
  await withClient(ownerUrl, async (client) => {
    // Somebody may have come since it was looked at.
    await refuseOthers(client);
    await empty(client);
  });
  try {
    await migrateAsFarAs(ownerUrl, saved.migrations);
    await withClient(ownerUrl, (client) => loadRows(client, folder, saved));
    return await migrateDatabase(ownerUrl);
  } catch (error) {
    const emptied = await withClient(ownerUrl, empty).then(
      () => true,
      () => false,
    );
    throw new Error(
      `${databaseWords(error, 'DATABASE_OWNER_URL', ownerUrl)} ${
        emptied
          ? 'The database of DATABASE_OWNER_URL is empty now'
          : 'The database of DATABASE_OWNER_URL is half filled: begin again with --replace'
      }; keys and engine were not touched.`,
    );
  }
}

/** The schema `public` as a new database has it: all of it, or as it was. */
async function empty(client: Client): Promise<void> {
  await client.query(`drop schema public cascade; create schema public authorization pg_database_owner;
    grant usage on schema public to public`);
}

/** @throws Error where it may not make the schema anew */
async function refuseStranger(client: Client): Promise<void> {
  const { rows } = await client.query(
    `select current_user as name, pg_has_role(current_user, datdba, 'member') as owns,
        exists (select from pg_roles where rolname = 'xiaomen_app')
          or (select rolcreaterole or rolsuper from pg_roles where rolname = current_user) as grants
      from pg_database where datname = current_database()`,
  );
  const [{ name, owns, grants }] = rows;
  if (!owns) throw new Error(`${name} of DATABASE_OWNER_URL does not own its database`);
  if (!grants) throw new Error(`The role xiaomen_app is missing, and ${name} may not make it: create it first`);
}

/** Tables, views, sequences or functions: whatever would go with the schema. */
async function holdsAnything(client: Client): Promise<boolean> {
  const { rows } = await client.query(
    `select exists (select from pg_class where relnamespace = 'public'::regnamespace)
      or exists (select from pg_proc where pronamespace = 'public'::regnamespace) as full`,
  );
  return rows[0].full;
}
