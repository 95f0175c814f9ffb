import type pg from 'pg';

/**
 * PostgreSQL plans a statement in several times the time it takes to run it. Statements with parameters are therefore
 * prepared under a name once a connection; what varies endlessly (lists of every length) stays unnamed.
 */

/** At most so many different texts are prepared by connections of one kind; the first that are asked for are. */
const most = 300;
/** Texts with the names that they are prepared under. */
export type StatementNames = Map<string, string>;
const usual: StatementNames = new Map();
/** A pooler between us and PostgreSQL hands prepared statements to strangers: then nothing is prepared. */
let pooled = false;

type Done = (error: (Error & { code?: string }) | null, result?: unknown) => void;
interface Statement {
  text?: string;
  values?: unknown[];
  name?: string;
}

/**
 * From now on this connection prepares what it runs.
 * @param names those of its kind; left out: the usual ones
 */
export function prepareStatements(connection: pg.Client, names: StatementNames = usual): void {
  const query = connection.query.bind(connection) as unknown as (statement: Statement | string, done?: Done) => unknown;
  let generation = 0;

  // pg takes `({ text, values }, done)` as well as `(text, values, done)`.
  const preparing = (asked: Statement | string, second?: unknown[] | Done, third?: Done): unknown => {
    const statement = typeof asked === 'string' && Array.isArray(second) ? { text: asked, values: second } : asked;
    const done = typeof second === 'function' ? second : third;
    if (typeof statement === 'string') return query(statement, done);
    const name = nameOf(statement, names);
    if (!done || name === undefined) return query(statement, done);
    return query({ ...statement, name: `${name}.${generation}` }, (error, result) => {
      if (!error || !isOutdated(error.code)) return done(error, result);
      // The schema has changed since; nothing was done yet. In a transaction, which is lost, the first error tells.
      generation += 1;
      query(statement, (again, answer) => (again ? done(error) : done(null, answer)));
    });
  };
  connection.query = preparing as unknown as typeof connection.query;
}

function nameOf({ text, values, name }: Statement, names: StatementNames): string | undefined {
  if (pooled || name !== undefined || text === undefined || !values?.length) return undefined;
  const known = names.get(text);
  if (known !== undefined || names.size >= most) return known;
  const given = `s${names.size}`;
  names.set(text, given);
  return given;
}

/** "cached plan must not change result type", "prepared statement does not exist", "… already exists" */
function isOutdated(code: string | undefined): boolean {
  if (code === '26000' || code === '42P05') pooled = true;
  return code === '0A000' || code === '26000' || code === '42P05';
}
