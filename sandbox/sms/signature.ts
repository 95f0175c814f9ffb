import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** TC3-HMAC-SHA256 ("签名方法 v3"), computed anew from what arrived. */

const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

export type SignatureProblem =
  | 'AuthFailure.InvalidAuthorization'
  | 'AuthFailure.SecretIdNotFound'
  | 'AuthFailure.SignatureExpire'
  | 'AuthFailure.SignatureFailure';

const form =
  /^TC3-HMAC-SHA256 Credential=([^/]+)\/(\d{4}-\d{2}-\d{2})\/([\w-]+)\/tc3_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/;

/** Undefined when the request was signed with this secret within the last five minutes. */
export function problemOfSignature(
  secret: { id: string; key: string },
  request: { method: string; path: string; headers: IncomingHttpHeaders; body: Buffer },
): SignatureProblem | undefined {
  const match = form.exec(request.headers.authorization ?? '');
  if (!match) return 'AuthFailure.InvalidAuthorization';
  const [, id, date = '', service = '', signedHeaders = '', signature = ''] = match;
  if (id !== secret.id) return 'AuthFailure.SecretIdNotFound';

  const timestamp = Number(request.headers['x-tc-timestamp']);
  const day = Number.isSafeInteger(timestamp) ? new Date(timestamp * 1000).toISOString().slice(0, 10) : '';
  if (day !== date || Math.abs(Date.now() / 1000 - timestamp) > 300) return 'AuthFailure.SignatureExpire';

  // The SDK names the service after its endpoint's first label, and signs the host without its port.
  const host = (request.headers.host ?? '').replace(/:\d+$/, '');
  if (service !== 'sms' && service !== host.split('.')[0]) return 'AuthFailure.SignatureFailure';
  const names = signedHeaders.split(';');
  if (!names.includes('content-type') || !names.includes('host')) return 'AuthFailure.SignatureFailure';
  const canonicalHeaders = names
    .map((name) => `${name}:${(name === 'host' ? host : String(request.headers[name] ?? '')).trim().toLowerCase()}\n`)
    .join('');
  const [path = '/', query = ''] = request.path.split('?');
  const canonical = [request.method, path, query, canonicalHeaders, signedHeaders, sha256(request.body)].join('\n');
  const toSign = ['TC3-HMAC-SHA256', timestamp, `${date}/${service}/tc3_request`, sha256(canonical)].join('\n');
  const key = hmac(hmac(hmac(`TC3${secret.key}`, date), service), 'tc3_request');
  const wanted = hmac(key, toSign);
  return timingSafeEqual(wanted, Buffer.from(signature, 'hex')) ? undefined : 'AuthFailure.SignatureFailure';
}
