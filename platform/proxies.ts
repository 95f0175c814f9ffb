import { isIP } from 'node:net';

const named = new Set(['loopback', 'linklocal', 'uniquelocal']);

/**
 * Whether a text names reverse proxies as Express reads it: an address, an address with a prefix length, or one of its
 * three names. A bare number, which Express takes for hops elsewhere, would be read as an address here and trust nobody.
 */
export function namesProxies(text: string): boolean {
  return named.has(text) || isNetwork(text);
}

/** An address, or one with a prefix length (CIDR). */
export function isNetwork(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || address.includes('%') || more.length > 0) return false;
  return prefix === undefined || (/^[1-9]\d{0,2}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128));
}
