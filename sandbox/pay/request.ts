import { verify } from 'node:crypto';
import type { Request } from 'express';
import type { PayAccount } from './account.ts';

/** What WeChat Pay looks at before it does anything: who asks, and whether these very bytes are theirs. */

const tolerance = 300;
const scheme = 'WECHATPAY2-SHA256-RSA2048 ';

export interface RequestCheck {
  /** What is wrong with it, for the one who looks for it; undefined: all is well. */
  problemOf(request: Request): string | undefined;
}

export function createRequestCheck(account: PayAccount): RequestCheck {
  /** When each was used. */
  const nonces = new Map<string, number>();
  return {
    problemOf(request) {
      const header = request.headers.authorization ?? '';
      if (!header.startsWith(scheme)) return 'Authorization is not WECHATPAY2-SHA256-RSA2048';
      const given = new Map([...header.slice(scheme.length).matchAll(/(\w+)="([^"]*)"/g)].map(([, n, v]) => [n, v]));
      const [timestamp = '', nonce = '', signature = ''] = [
        given.get('timestamp'),
        given.get('nonce_str'),
        given.get('signature'),
      ];
      if (given.get('mchid') !== account.merchantId) return 'the merchant is unknown';
      if (given.get('serial_no') !== account.serial) return 'the serial number is not that of the certificate';
      const now = Date.now() / 1000;
      if (!/^\d{10}$/.test(timestamp) || Math.abs(now - Number(timestamp)) > tolerance) return 'the time is off';
      if (!/^[0-9a-zA-Z]{6,32}$/.test(nonce)) return 'the nonce is none';
      for (const [used, at] of nonces) if (now - at > 2 * tolerance) nonces.delete(used);
      if (nonces.has(nonce)) return 'the nonce was used before';
      const body = bytesOf(request);
      const signed = Buffer.concat([
        Buffer.from(`${request.method}\n${request.originalUrl}\n${timestamp}\n${nonce}\n`),
        body,
        Buffer.from('\n'),
      ]);
      if (!verify('RSA-SHA256', signed, account.merchantKey, Buffer.from(signature, 'base64')))
        return 'the signature is wrong';
      nonces.set(nonce, now);
      return undefined;
    },
  };
}

/** As they came; a request without a body has none. */
export const bytesOf = (request: Request): Buffer => (Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0));

export function jsonOf(request: Request): unknown {
  try {
    return JSON.parse(bytesOf(request).toString('utf8'));
  } catch {
    return undefined;
  }
}
