import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip, constants as zlib } from 'node:zlib';
import { type Client, escapeIdentifier } from 'pg';
import { copyIn, copyOut } from './copy-stream.ts';
import { type FileOfBackup, hashedFile } from './files.ts';

/** The rows of a PostgreSQL database, a file a table. The schema comes from migrations, or from the engine's own tool. */

export interface SavedTable extends FileOfBackup {
  table: string;
  columns: string[];
  rows: number;
}
export interface SavedRows {
  tables: SavedTable[];
  /** The next value of each sequence, and whether it was given out already. */
  sequences: { name: string; value: string; called: boolean }[];
}

/** What the migrations write themselves. */
const ofMigrations = ['knex_migrations', 'knex_migrations_lock'];

/** Sees the database as it is now until `end`: call it for all databases before anything is read out of one. */
export async function takeSnapshot(client: Client): Promise<Date> {
  await client.query('begin isolation level repeatable read read only');
  const { rows } = await client.query('select clock_timestamp() as at');
  return rows[0].at;
}

/** Within a snapshot. @param name of the folder below the backup's */
export async function saveRows(client: Client, folder: string, name: string): Promise<SavedRows> {
  const tables: SavedTable[] = [];
  for (const [table, columns] of await columnsOf(client)) {
    const file = join(name, `${table}.copy.gz`);
    let rows = 0;
    const source = copyOut(client, `copy ${named(table, columns)} to stdout`, (count) => {
      rows = count;
    });
    const written = await hashedFile(folder, file, source, createGzip({ level: zlib.Z_BEST_SPEED }));
    tables.push({ table, columns, rows, ...written });
  }
  return { tables, sequences: await sequencesOf(client) };
}

/** Of ordinary tables; a generated column is made anew. */
async function columnsOf(client: Client): Promise<[string, string[]][]> {
  const { rows } = await client.query(
    `select c.relname as table, array_agg(a.attname::text order by a.attnum) as columns
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
     where n.nspname = 'public' and c.relkind = 'r' and c.relname <> all ($1) group by c.relname order by c.relname`,
    [ofMigrations],
  );
  return rows.map((row) => [row.table, row.columns]);
}

async function sequencesOf(client: Client): Promise<SavedRows['sequences']> {
  const { rows } = await client.query(`select sequencename as name from pg_sequences where schemaname = 'public'`);
  const sequences: SavedRows['sequences'] = [];
  for (const { name } of rows.filter((row) => !row.name.startsWith('knex_'))) {
    const { rows: found } = await client.query(`select last_value, is_called from ${escapeIdentifier(name)}`);
    sequences.push({ name, value: String(found[0].last_value), called: found[0].is_called });
  }
  return sequences;
}

const named = (table: string, columns: string[]): string =>
  `${escapeIdentifier(table)} (${columns.map(escapeIdentifier).join(', ')})`;

/**
 * Fills a database that has the schema of the backup, as its owner and in one transaction: everything or nothing. What the
 * schema came with is replaced. Triggers rest meanwhile, and foreign keys are checked once everything is there.
 */
export async function loadRows(client: Client, folder: string, { tables, sequences }: SavedRows): Promise<void> {
  await client.query('begin');
  try {
    await refuseOtherColumns(client, tables);
    const keys = await foreignKeys(client);
    for (const { table, name } of keys) await client.query(`alter table ${table} drop constraint ${name}`);
    for (const { table } of tables) await client.query(`alter table ${escapeIdentifier(table)} disable trigger user`);
    const all = tables.map(({ table }) => escapeIdentifier(table)).join(', ');
    if (all) await client.query(`truncate ${all}`);
    for (const { table, columns, file } of tables) {
      const target = copyIn(client, `copy ${named(table, columns)} from stdin`);
      await pipeline(createReadStream(join(folder, file)), createGunzip(), target);
    }
    for (const { table } of tables) await client.query(`alter table ${escapeIdentifier(table)} enable trigger user`);
    for (const { table, name, definition } of keys)
      await client.query(`alter table ${table} add constraint ${name} ${definition}`);
    for (const { name, value, called } of sequences)
      await client.query('select setval($1::regclass, $2, $3)', [escapeIdentifier(name), value, called]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  }
  await client.query('analyze');
}

/** @throws Error naming the first table that is otherwise here */
async function refuseOtherColumns(client: Client, tables: SavedTable[]): Promise<void> {
  const here = new Map(await columnsOf(client));
  for (const { table, columns } of tables) {
    const known = here.get(table);
    if (!known) throw new Error(`The database has no table ${table}: its schema is not that of the backup`);
    if (known.toSorted().join() !== columns.toSorted().join())
      throw new Error(`The table ${table} has other columns here: its schema is not that of the backup`);
  }
}

async function foreignKeys(client: Client): Promise<{ table: string; name: string; definition: string }[]> {
  const { rows } = await client.query(
    `select conrelid::regclass::text as table, quote_ident(conname) as name, pg_get_constraintdef(oid) as definition
     from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace`,
  );
  return rows;
}
