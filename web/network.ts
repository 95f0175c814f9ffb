import { isIPv6 } from 'node:net';
import type { Request } from 'express';
import type { BlindHash, BlindIndex } from '../platform/crypto.ts';

/** Keyed hash of the network a request comes from: tells two apart, tells neither's address. */
export function addressHash({ index }: { index: BlindIndex }, req: Request): Buffer {
  return index('address', networkOf(req.ip));
}

/** The same, to count tries by. */
export function addressKey({ index }: { index: BlindIndex }, req: Request): BlindHash {
  return index.hash('address', networkOf(req.ip));
}

/**
 * The network that a request comes from, to count tries by: an IPv4 address as it is, of an IPv6 address the first 64
 * bits. A person who has one IPv6 address has 2^64 of them, and limits for an address would limit nobody.
 *
 * @param address as `req.ip` gives it
 */
export function networkOf(address: string | undefined): string {
  const plain = (address ?? '').replace(/%.*$/, '').toLowerCase();
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain);
  if (mapped) return mapped[1] ?? '';
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const [first, last] = [groups(head), groups(tail ?? '')];
  // The last 32 bits may be written as an IPv4 address: two groups, and never among the first four.
  const length = first.length + last.length + Number(plain.includes('.'));
  const whole = [...first, ...Array<string>(tail === undefined ? 0 : Math.max(0, 8 - length)).fill('0'), ...last];
  return `${whole
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
