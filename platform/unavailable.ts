const networkCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOENT', 'ETIMEDOUT', 'EAI_AGAIN', 'ENOTFOUND']);
const poolNames = new Set(['KnexTimeoutError', 'TimeoutError']);

/** Is PostgreSQL (or what it runs on) away for now? Then 503 and "try again", not 500. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError && error.errors.some(isUnavailable)) return true;
  // What took longer than our own limits let it: a lock held elsewhere (55P03), a statement (57014), a transaction that
  // stood still (25P03). And what was ended for the sake of another transaction (class 40): the same again may well succeed.
  return isDatabaseAway(error) || /^(55P03|57014|25P03|40)/.test(codeOf(error));
}

/** Does nobody answer there at all? A single statement that took too long is no such sign. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError && error.errors.some(isDatabaseAway)) return true;
  // SQLSTATE class 08: connection; 57P: shutting down; 53: out of resources.
  return (
    networkCodes.has(codeOf(error)) ||
    /^(08|57P|53)/.test(codeOf(error)) ||
    poolNames.has(error.name) ||
    /Connection terminated|timeout exceeded when trying to connect/.test(error.message)
  );
}

const codeOf = (error: Error): string => ('code' in error ? String(error.code) : '');
