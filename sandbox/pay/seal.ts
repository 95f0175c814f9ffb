import { createCipheriv, createSign, type KeyObject, randomBytes } from 'node:crypto';

/** WeChat Pay's own side of its cryptography: what it signs, and what it encrypts for one merchant. */

/** By which key, under which serial. */
export interface Signer {
  serial: string;
  key: KeyObject;
}

/** The headers under which a body goes out. */
export function signedHeaders({ serial, key }: Signer, body: string, at = Date.now()): Record<string, string> {
  const [timestamp, nonce] = [String(Math.floor(at / 1000)), randomBytes(16).toString('hex')];
  const signature = createSign('RSA-SHA256').update(`${timestamp}\n${nonce}\n${body}\n`).sign(key, 'base64');
  return {
    'Wechatpay-Serial': serial,
    'Wechatpay-Timestamp': timestamp,
    'Wechatpay-Nonce': nonce,
    'Wechatpay-Signature': signature,
    'Wechatpay-Signature-Type': 'WECHATPAY2-SHA256-RSA2048',
  };
}

/** AES-256-GCM with the merchant's API v3 key; the tag at the end. */
export function seal(apiKey: string, text: string, associatedData: string) {
  const nonce = randomBytes(6).toString('hex');
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(apiKey), Buffer.from(nonce));
  cipher.setAAD(Buffer.from(associatedData));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return {
    algorithm: 'AEAD_AES_256_GCM' as const,
    ciphertext: sealed.toString('base64'),
    associated_data: associatedData,
    nonce,
  };
}
