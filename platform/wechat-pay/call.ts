import { lineCode, neverArrived } from '../line-fault.ts';
import { codeOf, failure, failureOf, type PayFailure } from './fault.ts';
import type { KnownKeys } from './known-keys.ts';
import { judge } from './signature.ts';

/** One call to WeChat Pay: a few seconds at most, and nothing of the answer is read before its signature is checked. */

const limitMs = 5_000;
const longestAnswer = 256 * 1024;

export interface Request {
  method: 'GET' | 'POST';
  /** Path and query, as signed. */
  path: string;
  authorization: string;
  /** The text that was signed. */
  body?: string;
}

export type Answer = { ok: true; body: unknown } | PayFailure;

/** @returns the answer's JSON, `undefined` for a 204 */
export async function callWechatPay(base: string, keys: KnownKeys, request: Request): Promise<Answer> {
  const received = await send(base, keys.asked, request, { limitMs, longest: longestAnswer });
  if (!received.ok) return received;
  const { status, headers, bytes } = received;
  const body = jsonOf(bytes);
  if (judge(keys, headers, bytes) !== 'good') {
    // A gateway in front of the provider has no key: what became of the call is open. Of an unsigned refusal, such as
    // that of a wrong signature of ours, operators get the code, and nobody believes it.
    const isGateway = headers['wechatpay-signature'] === undefined && (status >= 500 || status === 429);
    return isGateway ? failure('unknown', `HTTP_${status}`) : failure('unsigned', codeOf(body));
  }
  if (status === 204) return { ok: true, body: undefined };
  if (status !== 200) return failureOf(status, codeOf(body));
  return body === undefined ? failure('unknown') : { ok: true, body };
}

export interface Received {
  ok: true;
  status: number;
  headers: Record<string, string>;
  bytes: Buffer;
}

/** The bytes as they came, unchecked. Never throws for what the provider or the network does. */
export async function send(
  base: string,
  serial: string | undefined,
  { method, path, authorization, body }: Request,
  limits: { limitMs: number; longest: number },
): Promise<Received | PayFailure> {
  try {
    const response = await fetch(base + path, {
      method,
      redirect: 'error',
      signal: AbortSignal.timeout(limits.limitMs),
      headers: {
        authorization,
        accept: 'application/json',
        'user-agent': 'xiaomen',
        ...(serial === undefined ? {} : { 'wechatpay-serial': serial }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
    });
    const bytes = await bytesOf(response, limits.longest);
    if (!bytes) return failure('unknown', 'TOO_LONG');
    return { ok: true, status: response.status, headers: Object.fromEntries(response.headers), bytes };
  } catch (error) {
    const code = lineCode(error);
    return failure(neverArrived(code) ? 'unreachable' : 'unknown', code);
  }
}

async function bytesOf(response: Response, longest: number): Promise<Buffer | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > longest) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
