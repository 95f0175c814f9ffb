/**
 * A path to go on to, only when it is our own; else the given one. It is read as a browser reads it, dots resolved:
 * `/.//elsewhere.example` would become `//elsewhere.example`, which leads away.
 */
export function ownPath(value: unknown, otherwise = '/'): string {
  if (typeof value !== 'string' || !/^\/[\x21-\x7e]*$/.test(value)) return otherwise;
  if (!URL.canParse(value, 'http://own.invalid')) return otherwise;
  const url = new URL(value, 'http://own.invalid');
  const leadsAway = url.host !== 'own.invalid' || /^\/[/\\]/.test(url.pathname);
  return leadsAway ? otherwise : url.pathname + url.search;
}
