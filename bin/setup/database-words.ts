/** What stands between us and a database, in a sentence. */

const unreachable: Record<string, string> = {
  ECONNREFUSED: 'nothing answers at',
  ECONNRESET: 'the connection was cut at',
  EHOSTUNREACH: 'there is no way to',
  ENETUNREACH: 'there is no way to',
  ETIMEDOUT: 'there is no answer from',
  ENOTFOUND: 'there is no machine named',
  EAI_AGAIN: 'the name cannot be looked up:',
};

/**
 * A name with several addresses that all refuse is told by Node as an AggregateError without a word.
 *
 * @param setting the one that named the database
 * @param url what it said; only host and port of it are quoted
 */
export function databaseWords(error: unknown, setting: string, url: string): string {
  const { code, message } = innermost(error);
  const said = unreachable[code ?? ''];
  if (said) return `${said} ${hostOf(url)}: correct ${setting}, or start PostgreSQL there.`;
  // The driver puts the query before what the server said.
  return message.split(' - ').at(-1) || code || 'the database refused without a reason.';
}

/** The same of the owner's database, which commands are told by environment. */
export const ownerDatabaseWords = (error: unknown): string =>
  databaseWords(error, 'DATABASE_OWNER_URL', process.env.DATABASE_OWNER_URL ?? '');

function innermost(error: unknown): { code?: string | undefined; message: string } {
  if (error instanceof AggregateError && !error.message && error.errors.length > 0) return innermost(error.errors[0]);
  const { code, message = '' } = (error ?? {}) as { code?: string; message?: string };
  return { code, message };
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'the address given';
}
