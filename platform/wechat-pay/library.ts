import { createRequire } from 'node:module';
import type Pay from 'wechatpay-node-v3';
import { type Answer, callWechatPay, type Request } from './call.ts';
import { failure } from './fault.ts';
import type { KnownKeys } from './known-keys.ts';

/**
 * `wechatpay-node-v3` writes and signs our requests. All else is ours: its transport has no time limit and checks no
 * answer, it opens envelopes without looking at their tag, and keeps certificates for all merchants of a process together,
 * fetching them whenever a message names a serial that it does not know.
 */
export interface PayLibrary {
  /** A call that the library knows, by its own method. */
  ask(call: (pay: Pay) => Promise<unknown>): Promise<Answer>;
  /** A call that it knows not, or not safely. */
  get(path: string): Promise<Answer>;
  signed(path: string): Request;
  /** RSA-SHA256 with the merchant's key, base64. */
  sign(text: string): string;
  nonce(): string;
}

/** What the library puts before every path. Signatures are over the path alone. */
const origin = 'https://api.mch.weixin.qq.com';

export interface Merchant {
  url: string;
  appId: string;
  merchantId: string;
  serial: string;
  /** PEM */
  key: string;
}

export function createPayLibrary({ url, appId, merchantId, serial, key }: Merchant, keys: KnownKeys): PayLibrary {
  // Half a second to load: an installation without fees does not wait for it.
  const PayClass = createRequire(import.meta.url)('wechatpay-node-v3') as typeof Pay;
  const pay = new PayClass({
    appid: appId,
    mchid: merchantId,
    serial_no: serial,
    privateKey: Buffer.from(key),
    // Asked for, but read only where no serial is given, and then written in lower case, which the provider refuses.
    publicKey: Buffer.from('not read'),
  });
  /** The library hands on what it gets here. A status of 0 keeps it from working on the answer. */
  const carry = async (method: 'GET' | 'POST', address: string, headers: Record<string, string>, body?: unknown) => {
    const answer = await callWechatPay(url, keys, {
      method,
      path: address.replace(origin, ''),
      authorization: headers.Authorization ?? '',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: 0, answer };
  };
  pay.createHttp({
    get: (address, headers) => carry('GET', address, headers),
    post: (address, body, headers) => carry('POST', address, headers, body),
    upload: () => Promise.reject(new Error('Nothing is uploaded')),
  });

  const nonce = () => crypto.randomUUID().replaceAll('-', '');
  const signed = (path: string): Request => {
    const [once, timestamp] = [nonce(), String(Math.floor(Date.now() / 1000))];
    const signature = pay.getSignature('GET', once, timestamp, path);
    return { method: 'GET', path, authorization: pay.getAuthorization(once, timestamp, signature) };
  };
  return {
    async ask(call) {
      const result = (await call(pay)) as { answer?: Answer };
      return result.answer ?? failure('unknown');
    },
    get: (path) => callWechatPay(url, keys, signed(path)),
    signed,
    sign: (text) => pay.sha256WithRsa(text),
    nonce,
  };
}
