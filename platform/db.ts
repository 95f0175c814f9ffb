import knex, { type Knex } from 'knex';
import pg from 'pg';
import type { DatabaseSettings } from './config.ts';
import { prepareStatements } from './prepared.ts';

export type Database = Knex;
export type Transaction = Knex.Transaction;
/** What a store function takes: it works inside a transaction or on its own. */
export type Queryable = Knex | Knex.Transaction;

const INT8 = 20;
const DATE = 1082;

function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('A bigint from the database exceeds 2^53');
  return value;
}

/** `bigint` as number (throws beyond 2^53), `date` as 'YYYY-MM-DD', `timestamptz` as Date. */
export const columnTypes = {
  getTypeParser(oid: number, format?: 'text' | 'binary'): unknown {
    if (format !== 'binary' && oid === INT8) return safeInteger;
    if (format !== 'binary' && oid === DATE) return (text: string) => text;
    return pg.types.getTypeParser(oid, format as 'text');
  },
};

/** Runs once on every new connection: text casts must not depend on the server's own time zone. */
const prepare = `set timezone to 'UTC'; set idle_in_transaction_session_timeout to '60s'`;

/** A pool of connections to PostgreSQL. Opens none before the first query; end it with `destroy()`. */
export function openDatabase(settings: Pick<DatabaseSettings, 'DATABASE_URL' | 'DATABASE_POOL'>): Database {
  return knex({
    client: 'pg',
    connection: {
      connectionString: settings.DATABASE_URL,
      types: columnTypes,
      application_name: 'xiaomen',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    } as Knex.PgConnectionConfig,
    pool: {
      min: 0,
      max: settings.DATABASE_POOL,
      afterCreate(connection: pg.Client, done: (error: Error | null, connection: pg.Client) => void) {
        prepareStatements(connection);
        connection.query(prepare, (error) => done(error, connection));
      },
    },
    acquireConnectionTimeout: 5_000,
    // Knex writes the values of a failed query into its error's message otherwise; such a message travels far.
    compileSqlOnError: false,
    // What it says by itself would go past our log; who asked gets the error.
    log: { warn: () => {}, error: () => {}, deprecate: () => {}, debug: () => {} },
  });
}
