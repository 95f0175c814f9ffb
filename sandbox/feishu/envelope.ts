import { createCipheriv, createHash, randomBytes } from 'node:crypto';

/**
 * Encrypts and signs what Feishu posts to the site ("Encrypt Key 加密策略", configure-encrypt-key): AES-256-CBC with PKCS #7, the
 * key is SHA-256 of the encrypt key, the IV leads. The signature is SHA-256 over timestamp, nonce, encrypt key and the body's
 * bytes. Written apart from the reader's code.
 */

export interface Made {
  /** Seconds; an old signature is right by itself. */
  at?: number;
  /** With another key than the app's. */
  forged?: boolean;
  /** As an address is tried. */
  unsigned?: boolean;
}

export function pack(
  encryptKey: string,
  event: unknown,
  { at = Math.floor(Date.now() / 1000), forged = false, unsigned = false }: Made,
): { headers: Record<string, string>; body: string } {
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-256-cbc', createHash('sha256').update(encryptKey).digest(), iv);
  const sealed = Buffer.concat([iv, cipher.update(JSON.stringify(event), 'utf8'), cipher.final()]);
  const body = JSON.stringify({ encrypt: sealed.toString('base64') });
  const nonce = randomBytes(8).toString('hex');
  const key = forged ? randomBytes(16).toString('hex') : encryptKey;
  const signature = createHash('sha256').update(`${at}${nonce}${key}${body}`).digest('hex');
  return {
    headers: {
      'content-type': 'application/json; charset=utf-8',
      ...(!unsigned && {
        'x-lark-request-timestamp': String(at),
        'x-lark-request-nonce': nonce,
        'x-lark-signature': signature,
      }),
    },
    body,
  };
}
