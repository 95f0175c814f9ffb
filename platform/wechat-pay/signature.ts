import { verify } from 'node:crypto';
import type { KnownKeys } from './known-keys.ts';

/** The headers of an answer or a notification, by lower-case name. */
export type Headers = Record<string, string | string[] | undefined>;

export type Verdict = 'good' | 'unsigned' | 'probe' | 'stale';

/** Seconds that the provider's clock and ours may differ. */
const tolerance = 300;

/**
 * Whether these raw bytes are from WeChat Pay: RSA-SHA256 over `timestamp\nnonce\nbody\n`. An unknown serial is a wrong
 * signature: nothing is fetched because a message names one. WeChat Pay itself sends wrong signatures now and then
 * (`WECHATPAY/SIGNTEST/…`) to see whether they are refused.
 */
export function judge(keys: KnownKeys, headers: Headers, body: Buffer): Verdict {
  const [serial, signature, timestamp, nonce] = ['serial', 'signature', 'timestamp', 'nonce'].map((name) =>
    textOf(headers[`wechatpay-${name}`]),
  );
  if (!serial || !signature || !timestamp || !nonce) return 'unsigned';
  if (signature.startsWith('WECHATPAY/SIGNTEST/')) return 'probe';
  if (!/^\d{1,12}$/.test(timestamp)) return 'unsigned';
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > tolerance) return 'stale';
  const key = keys.of(serial);
  if (!key) return 'unsigned';
  const signed = Buffer.concat([Buffer.from(`${timestamp}\n${nonce}\n`), body, Buffer.from('\n')]);
  return verify('RSA-SHA256', signed, key, Buffer.from(signature, 'base64')) ? 'good' : 'unsigned';
}

function textOf(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' && value.length <= 2_048 ? value : undefined;
}
