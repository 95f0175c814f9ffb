import pg from 'pg';
import { type DatabaseAccess, databaseLimits } from './config.ts';
import { connectionOptions, prepareSession } from './db.ts';
import { prepareStatements } from './prepared.ts';
import { endWhenSilent, streamOf } from './silence.ts';

/**
 * The short reads that every page begins with. Each is one prepared statement outside any transaction, so that several
 * may be under way on one connection: what is asked in one turn of the event loop leaves in one packet, nobody waits for a
 * connection, and PostgreSQL is woken once for all. Nothing here may take long, since those behind it wait.
 */
export interface Reads {
  /** The rows of one statement; parameters are `$1`, `$2` …  Columns as in platform/db.ts. */
  rows<Row>(text: string, values: unknown[]): Promise<Row[]>;
  end(): Promise<void>;
}

interface Line {
  client: pg.Client;
  held: boolean;
}

const lineCount = 2;

/** Opens no connection before the first read. One that is lost fails what was under way on it; the next read opens another. */
export function openReads(settings: DatabaseAccess): Reads {
  const { DATABASE_STATEMENT_MS: limit } = { ...databaseLimits, ...settings };
  const prepare = prepareSession(settings);
  const lines: (Line | undefined)[] = Array.from({ length: lineCount }, () => undefined);
  let turn = 0;

  function open(index: number): Line {
    const client = new pg.Client({ ...connectionOptions(settings), pipeline: true } as pg.ClientConfig);
    const line = { client, held: false };
    const lost = () => {
      if (lines[index] === line) lines[index] = undefined;
    };
    // The caller that waits for an answer gets the error; the connection's own event says nothing more.
    client.on('error', lost).on('end', lost);
    endWhenSilent(client, settings.DATABASE_URL, limit);
    prepareStatements(client);
    client.connect((error?: Error | null) => error && lost());
    client.query(prepare, () => {});
    lines[index] = line;
    return line;
  }

  return {
    rows<Row>(text: string, values: unknown[]): Promise<Row[]> {
      turn = (turn + 1) % lineCount;
      const line = lines[turn] ?? open(turn);
      holdForThisTurn(line);
      return new Promise((resolve, reject) => {
        line.client.query({ text, values }, (error: Error | null, result: pg.QueryResult) =>
          error ? reject(error) : resolve(result.rows as Row[]),
        );
      });
    },
    async end() {
      await Promise.all(lines.map((line) => line && endOf(line)));
    },
  };
}

/** How long PostgreSQL may take to say good-bye. */
const parting = 1_000;

async function endOf({ client }: Line): Promise<void> {
  const late = setTimeout(() => streamOf(client).destroy(), parting);
  await client.end();
  clearTimeout(late);
}

/** Collects what is written until this turn of the event loop is over. */
function holdForThisTurn(line: Line): void {
  if (line.held) return;
  const stream = streamOf(line.client) as NodeJS.WritableStream & pg.Connection['stream'];
  line.held = true;
  stream.cork();
  setImmediate(() => {
    line.held = false;
    stream.uncork();
  });
}
