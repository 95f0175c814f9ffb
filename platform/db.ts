import { setTimeout as wait } from 'node:timers/promises';
import knex, { type Knex } from 'knex';
import pg from 'pg';
import { type DatabaseAccess, type DatabaseSettings, databaseLimits } from './config.ts';
import { prepareStatements, type StatementNames } from './prepared.ts';
import { endWhenSilent } from './silence.ts';

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
const columnTypes = {
  getTypeParser(oid: number, format?: 'text' | 'binary'): unknown {
    if (format !== 'binary' && oid === INT8) return safeInteger;
    if (format !== 'binary' && oid === DATE) return (text: string) => text;
    return pg.types.getTypeParser(oid, format as 'text');
  },
};

/** The options of every connection to the database, in every pool. */
export function connectionOptions(access: DatabaseAccess): pg.ClientConfig {
  const limits = { ...databaseLimits, ...access };
  return {
    connectionString: access.DATABASE_URL,
    types: columnTypes as pg.CustomTypesConfig,
    application_name: 'xiaomen',
    connectionTimeoutMillis: limits.DATABASE_CONNECT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: limits.DATABASE_KEEPALIVE_MS,
  };
}

/**
 * Runs once on every new connection: text casts must not depend on the server's own time zone, and nobody waits for ever.
 * Said here and not to the role: the schema's owner migrates for as long as it takes.
 */
export function prepareSession(access: DatabaseAccess): string {
  const limits = { ...databaseLimits, ...access };
  return [
    `set timezone to 'UTC'`,
    `set statement_timeout to ${limits.DATABASE_STATEMENT_MS}`,
    `set lock_timeout to ${limits.DATABASE_LOCK_MS}`,
    `set idle_in_transaction_session_timeout to ${limits.DATABASE_TRANSACTION_IDLE_MS}`,
  ].join('; ');
}

/** A pool of connections to PostgreSQL. Opens none before the first query; end it with `destroy()`. */
export const openDatabase = (access: PoolAccess): Database => open(access, prepareSession(access), { keep: 0 });

/** Of their own: however many texts others ask, what is found by ids is planned once. */
const byId: StatementNames = new Map();

/**
 * A pool for what finds its rows by their ids: a connection plans each statement once, whatever its values, and stays open.
 * By itself PostgreSQL plans the first five runs on each connection anew, and a statement over the views of who may act takes
 * a hundred times as long to be planned as to be run. Not for what asks by a value that is common or rare, or of which only an
 * index of some rows knows: the one plan knows no value.
 */
export const openDatabaseById = (access: PoolAccess): Database =>
  open(access, `${prepareSession(access)}; set plan_cache_mode to force_generic_plan`, {
    keep: access.DATABASE_POOL,
    names: byId,
  });

type PoolAccess = DatabaseAccess & Pick<DatabaseSettings, 'DATABASE_POOL'>;

/** @param keep so many connections stay open though nobody uses them */
function open(
  access: PoolAccess,
  prepare: string,
  { keep, names }: { keep: number; names?: StatementNames },
): Database {
  const limits = { ...databaseLimits, ...access };
  const db = knex({
    client: 'pg',
    connection: connectionOptions(access) as Knex.PgConnectionConfig,
    pool: {
      min: keep,
      max: access.DATABASE_POOL,
      idleTimeoutMillis: limits.DATABASE_IDLE_MS,
      // Making one is connecting, and a question or two.
      createTimeoutMillis: limits.DATABASE_CONNECT_MS * 2,
      afterCreate(connection: pg.Client, done: (error: Error | null, connection: pg.Client) => void) {
        endWhenSilent(connection, access.DATABASE_URL, limits.DATABASE_STATEMENT_MS);
        prepareStatements(connection, names);
        connection.query(prepare, (error) => done(error, connection));
      },
    },
    acquireConnectionTimeout: 5_000,
    // Knex writes the values of a failed query into its error's message otherwise; such a message travels far.
    compileSqlOnError: false,
    // The pool's own message would bypass our log; the caller gets the error.
    log: { warn: () => {}, error: () => {}, deprecate: () => {}, debug: () => {} },
  });
  return db.on('query-response', () => answeredAt.set(db, performance.now()));
}

/** When a query of a pool was last answered, on the clock of the process. */
const answeredAt = new WeakMap<Database, number>();
const patience = 1_500;

/**
 * Asks, and where all connections are in use is content with an answer that somebody else got meanwhile: a pool that works
 * hard is not away.
 * @throws Error when the database answers nobody
 */
export async function probeDatabase(db: Database): Promise<void> {
  const asked = performance.now();
  const busy = wait(patience, undefined, { ref: false }).then(() => {
    if ((answeredAt.get(db) ?? 0) < asked) throw new Error('The database does not answer');
  });
  await Promise.race([db.raw('select 1'), busy]);
}
