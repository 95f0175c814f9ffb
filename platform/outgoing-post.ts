import { lookup } from 'node:dns/promises';
import { request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { allowedBy, isPublic } from './public-address.ts';

/** What was in the way of an answer. Stable words; rows hold them. */
export type PostFault =
  /** The address is inside a network, or not spoken to by TLS. */
  'not_allowed' | 'unknown_host' | 'unreachable' | 'tls' | 'timeout';

const limitMs = 15_000;

/**
 * Posts JSON to an address that somebody typed. The name is resolved once, and the connection goes to that very address: a name
 * that resolves anew leads nowhere else. A redirect is an answer like any other and is not followed. The body of the answer is
 * not read. By plain HTTP only to what operators allow besides public addresses.
 *
 * @param networks addresses and CIDRs that operators allow besides public ones
 */
export async function postJson(
  address: string,
  message: { body: string; headers: Record<string, string> },
  { networks, limit = limitMs, resolve = resolveHere }: { networks: string[]; limit?: number; resolve?: Resolve },
): Promise<{ status: number } | { fault: PostFault }> {
  const url = new URL(address);
  const allowed = allowedBy(networks);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const found = isIP(host) ? [{ address: host, family: isIP(host) }] : await resolve(host);
  if (!found) return { fault: 'unknown_host' };
  // One address that is not allowed spoils them all: a public name has no business inside.
  if (found.length === 0 || !found.every((one) => allowed(one.address))) return { fault: 'not_allowed' };
  if (url.protocol !== 'https:' && found.some((one) => isPublic(one.address))) return { fault: 'not_allowed' };
  const pinned: LookupFunction = (_name, options, done) =>
    options.all ? done(null, found) : done(null, found[0]?.address ?? '', found[0]?.family ?? 4);
  return send(url, message, { lookup: pinned, limit });
}

/** Every address of a name; undefined: nobody knows it. */
type Resolve = (host: string) => Promise<{ address: string; family: number }[] | undefined>;
const resolveHere: Resolve = (host) => lookup(host, { all: true }).catch(() => undefined);

function send(
  url: URL,
  { body, headers }: { body: string; headers: Record<string, string> },
  { lookup: pinned, limit }: { lookup: LookupFunction; limit: number },
): Promise<{ status: number } | { fault: PostFault }> {
  const options: RequestOptions = {
    method: 'POST',
    agent: false,
    lookup: pinned,
    signal: AbortSignal.timeout(limit),
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'xiaomen-webhooks',
      ...headers,
    },
  };
  return new Promise((settle) => {
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options, (response) => {
      settle({ status: response.statusCode ?? 0 });
      request.destroy();
    });
    request.on('error', (error: NodeJS.ErrnoException) => settle({ fault: faultOf(error) }));
    request.end(body);
  });
}

function faultOf({ name, code = '' }: NodeJS.ErrnoException): PostFault {
  if (name === 'AbortError' || name === 'TimeoutError' || code === 'ETIMEDOUT') return 'timeout';
  return /CERT|TLS|SSL|EPROTO|ALTNAME|SIGNATURE|ISSUER/.test(code) ? 'tls' : 'unreachable';
}
