import { createReadStream, existsSync, rmSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';
import { refuseOpened } from './engine-file.ts';
import { hashedFile } from './files.ts';
import type { Manifest } from './manifest.ts';
import type { BackupSettings } from './settings.ts';
import { loadRows, type SavedRows, saveRows, takeSnapshot } from './tables.ts';

/** The engine's own database: a file of the embedded one, or two databases of PostgreSQL. */

type Saved = Manifest['engine'];

/** Looks at the engine now; `save` reads it out as it was at that moment. */
export async function lookAtEngine(
  settings: BackupSettings,
  folder: string,
): Promise<{ save(): Promise<Saved>; end(): Promise<void> }> {
  const { ENGINE_DATABASE_FILE: file } = settings;
  if (!file) return lookAtPostgres(settings, folder);
  if (!existsSync(file)) throw new Error(`There is no engine's database ${file}`);
  const takenAt = new Date().toISOString();
  const copy = join(folder, 'engine.db.part');
  // The engine's schema has texts in double quotes.
  const source = new DatabaseSync(file, { readOnly: true, timeout: 10_000, enableDoubleQuotedStringLiterals: true });
  try {
    // One read of the whole, as it is at this moment, beside an engine that goes on writing.
    source.prepare('vacuum into ?').run(copy);
  } finally {
    source.close();
  }
  return {
    async save() {
      const saved = await hashedFile(folder, 'engine.db', createReadStream(copy));
      rmSync(copy);
      return { kind: 'file', takenAt, file: saved };
    },
    end: async () => rmSync(copy, { force: true }),
  };
}

async function lookAtPostgres(settings: BackupSettings, folder: string) {
  const urls = { history: settings.ENGINE_DATABASE_URL ?? '', visibility: settings.ENGINE_VISIBILITY_URL ?? '' };
  const [history, visibility] = (await Promise.all(Object.values(urls).map(connected))) as [Client, Client];
  const [at, visibilityAt] = await Promise.all([takeSnapshot(history), takeSnapshot(visibility)]);
  const saveOne = async (client: Client, name: string, takenAt: Date) => ({
    ...(await saveRows(client, folder, name)),
    takenAt: takenAt.toISOString(),
    server: await serverOf(client),
    schema: await schemaOf(client),
  });
  return {
    async save(): Promise<Saved> {
      return {
        kind: 'postgres',
        takenAt: at.toISOString(),
        history: await saveOne(history, 'engine', at),
        visibility: await saveOne(visibility, 'engine-visibility', visibilityAt),
      };
    },
    end: async () => void (await Promise.all([history.end(), visibility.end()])),
  };
}

/** @throws Error when it is in use, is not empty and may not be replaced, or has another schema */
export async function checkEngine(settings: BackupSettings, saved: Saved, replace: boolean): Promise<void> {
  const { ENGINE_DATABASE_FILE: file } = settings;
  if ((saved.kind === 'file') !== (file !== undefined))
    throw new Error(
      `The backup holds the engine's ${saved.kind === 'file' ? 'file: set ENGINE_DATABASE_FILE' : 'PostgreSQL: set ENGINE_DATABASE_URL and ENGINE_VISIBILITY_URL'}`,
    );
  if (file) {
    refuseOpened(file);
    if (existsSync(file) && !replace) throw new Error(`${file} is there already: --replace takes its place`);
    return;
  }
  if (saved.kind !== 'postgres') return;
  for (const [url, { schema, server }, table] of [
    [settings.ENGINE_DATABASE_URL ?? '', saved.history, 'executions'],
    [settings.ENGINE_VISIBILITY_URL ?? '', saved.visibility, 'executions_visibility'],
  ] as const) {
    await withClient(url, async (client) => {
      await refuseOthers(client);
      await refuseOlder(client, server);
      const here = await schemaOf(client);
      if (here !== schema)
        throw new Error(
          `The engine's schema is ${here || 'missing'}, that of the backup ${schema}: set it up by the engine's tool first`,
        );
      const { rows } = await client.query('select to_regclass($1) is not null as there', [table]);
      const full = rows[0].there && (await client.query(`select from ${table} limit 1`)).rowCount === 1;
      if (full && !replace) throw new Error("The engine's database is not empty: --replace takes its place");
    });
  }
}

export async function restoreEngine(settings: BackupSettings, folder: string, saved: Saved): Promise<void> {
  const { ENGINE_DATABASE_FILE: file } = settings;
  if (saved.kind === 'file') {
    if (!file) return;
    refuseOpened(file);
    for (const beside of ['', '-wal', '-shm', '-journal']) rmSync(`${file}${beside}`, { force: true });
    await copyFile(join(folder, saved.file.file), file);
    return;
  }
  const load = (url: string | undefined, rows: SavedRows) =>
    withClient(url ?? '', async (client) => {
      // Somebody may have come since it was looked at.
      await refuseOthers(client);
      await loadRows(client, folder, rows);
    });
  await load(settings.ENGINE_DATABASE_URL, saved.history);
  await load(settings.ENGINE_VISIBILITY_URL, saved.visibility);
}

/** The version that the engine's tool wrote down; empty where it was not there. */
async function schemaOf(client: Client): Promise<string> {
  const { rows } = await client.query(`select to_regclass('schema_version') is not null as there`);
  if (!rows[0].there) return '';
  return (await client.query('select curr_version from schema_version')).rows[0]?.curr_version ?? '';
}

export async function connected(url: string): Promise<Client> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    application_name: 'xiaomen backup',
  });
  await client.connect();
  await client.query(`set timezone to 'UTC'`);
  return client;
}

export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await connected(url);
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export const serverOf = async (client: Client): Promise<string> =>
  (await client.query('show server_version')).rows[0].server_version;

/** @throws Error when somebody else is connected: what they write would be mixed into what is restored */
export async function refuseOthers(client: Client): Promise<void> {
  const { rows } = await client.query(
    'select count(*)::int as n from pg_stat_activity where datname = current_database() and usename is not null and pid <> pg_backend_pid()',
  );
  if (rows[0].n > 0)
    throw new Error(`${rows[0].n} others are connected to ${client.database}: stop web, workers and the engine first`);
}

/** @throws Error when it is of an earlier PostgreSQL than the backup */
export async function refuseOlder(client: Client, saved: string): Promise<void> {
  const [then, here] = [saved, await serverOf(client)].map((version) => Number.parseInt(version, 10)) as [
    number,
    number,
  ];
  if (here < then) throw new Error(`The backup is of PostgreSQL ${then}, and ${client.database} is on ${here}`);
}
