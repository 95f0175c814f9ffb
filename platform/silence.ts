import type pg from 'pg';

/**
 * A host that vanishes without a reset leaves its connections as they are: what was sent is repeated by the machine for a
 * quarter of an hour. PostgreSQL ends every statement in its own time, so a host that says nothing for longer is gone.
 */

/** PostgreSQL's own end of a statement comes first, also over a slow network. */
const grace = 1_500;

class SilentDatabaseError extends Error {
  readonly code = 'ETIMEDOUT';
  constructor() {
    super('The database does not answer');
  }
}

/** When each connection of this process was last heard of, by the address it leads to. */
const heardOf = new Map<string, Map<pg.Client, number>>();

/**
 * Ends a connection that owes an answer for longer than `limit` (ms), and every other one to the same address, in
 * any pool, that sent nothing since that question: the next statement on it would wait as long again.
 */
export function endWhenSilent(client: pg.Client, address: string, limit: number): void {
  const heard = heardOf.get(address) ?? new Map<pg.Client, number>();
  heardOf.set(address, heard.set(client, Date.now()));
  client.once('end', () => {
    heard.delete(client);
    if (heard.size === 0) heardOf.delete(address);
  });
  let owed = 0;
  let timer: NodeJS.Timeout | undefined;

  const expect = () => {
    const asked = Date.now();
    timer = setTimeout(() => {
      for (const [one, at] of heard) if (at <= asked) streamOf(one).destroy(new SilentDatabaseError());
    }, limit + grace).unref();
  };
  const answered = () => {
    owed -= 1;
    heard.set(client, Date.now());
    clearTimeout(timer);
    if (owed > 0) expect();
  };

  const ask = client.query.bind(client) as (...asked: unknown[]) => unknown;
  const watched = (...asked: unknown[]): unknown => {
    owed += 1;
    if (owed === 1) expect();
    const done = asked.at(-1);
    if (typeof done === 'function') {
      const told = (...answer: unknown[]) => {
        answered();
        done(...answer);
      };
      return ask(...asked.slice(0, -1), told);
    }
    const answer = ask(...asked) as Promise<unknown>;
    answer.then(answered, answered);
    return answer;
  };
  client.query = watched as typeof client.query;
}

/** What a client speaks through; `pg` does not show it. */
export const streamOf = (client: pg.Client): pg.Connection['stream'] =>
  (client as unknown as { connection: pg.Connection }).connection.stream;
