/** What broke the line to a partner, and whether anything can have arrived there. */

/** Nobody was reached: nothing was said. */
const beforeSending = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

export const neverArrived = (code: string | undefined): boolean => code !== undefined && beforeSending.has(code);

/** The code of a failed `fetch`, such as ECONNRESET; the error itself can carry the request. */
export function lineCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'TimeoutError') return 'ETIMEDOUT';
  const code = error.cause instanceof Error && 'code' in error.cause ? error.cause.code : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,40}$/.test(code) ? code : undefined;
}
