/** A path to go on to, only when it is our own; else the given one. */
export function ownPath(value: unknown, otherwise = '/'): string {
  if (typeof value !== 'string' || !/^\/(?![/\\])[\x21-\x7e]*$/.test(value)) return otherwise;
  const url = new URL(value, 'http://own.invalid');
  return url.host === 'own.invalid' ? url.pathname + url.search : otherwise;
}
