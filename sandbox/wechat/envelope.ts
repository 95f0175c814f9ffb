import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import type { SandboxSettings } from '../../platform/config.ts';

/** Signs and, where the account has a key, encrypts what WeChat posts to the site. Written apart from the reader's code. */

export const sha1 = (parts: string[]): string =>
  createHash('sha1')
    .update([...parts].sort().join(''))
    .digest('hex');

export interface Posted {
  query: URLSearchParams;
  body: string;
}

export function pack(settings: SandboxSettings, xml: string): Posted {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const nonce = randomBytes(5).toString('hex');
  const query = new URLSearchParams({ signature: sha1([settings.WECHAT_TOKEN, timestamp, nonce]), timestamp, nonce });
  if (!settings.WECHAT_AES_KEY) return { query, body: xml };

  const encrypted = encrypt(settings.WECHAT_AES_KEY, settings.WECHAT_APP_ID, xml);
  query.set('encrypt_type', 'aes');
  query.set('msg_signature', sha1([settings.WECHAT_TOKEN, timestamp, nonce, encrypted]));
  return {
    query,
    body: `<xml><ToUserName><![CDATA[gh_sandbox]]></ToUserName><Encrypt><![CDATA[${encrypted}]]></Encrypt></xml>`,
  };
}

/** The query with which WeChat asks whether the address is ours. */
export function echoQuery(settings: SandboxSettings, echo: string): URLSearchParams {
  const { query } = pack({ ...settings, WECHAT_AES_KEY: undefined }, '');
  query.set('echostr', echo);
  return query;
}

export function encrypt(encodingAesKey: string, appId: string, xml: string): string {
  const key = Buffer.from(`${encodingAesKey}=`, 'base64');
  const text = Buffer.from(xml);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  const plain = Buffer.concat([randomBytes(16), length, text, Buffer.from(appId)]);
  const padding = 32 - (plain.length % 32);
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  const padded = Buffer.concat([plain, Buffer.alloc(padding, padding)]);
  return Buffer.concat([cipher.update(padded), cipher.final()]).toString('base64');
}

/** The text with which the site answers an event; undefined when WeChat would not understand or believe it. */
export function unpackReply(settings: SandboxSettings, body: string): { openid: string; text: string } | undefined {
  const outside = elementsOf(body);
  if (!settings.WECHAT_AES_KEY) return replyOf(outside);
  const { Encrypt: encrypted = '', MsgSignature: signature, TimeStamp: timestamp = '', Nonce: nonce = '' } = outside;
  if (signature !== sha1([settings.WECHAT_TOKEN, timestamp, nonce, encrypted])) return undefined;
  return replyOf(elementsOf(decrypt(settings.WECHAT_AES_KEY, settings.WECHAT_APP_ID, encrypted) ?? ''));
}

const elementsOf = (xml: string): Record<string, string> =>
  Object.fromEntries(
    [...xml.matchAll(/<(\w+)>(?:<!\[CDATA\[([\s\S]*?)\]\]>|([^<]*))<\/\1>/g)].map(([, name, data, text]) => [
      name,
      data ?? text ?? '',
    ]),
  );

function replyOf({ ToUserName: openid, FromUserName: from, MsgType: type, Content: text }: Record<string, string>) {
  return openid && text && from === 'gh_sandbox' && type === 'text' ? { openid, text } : undefined;
}

function decrypt(encodingAesKey: string, appId: string, encrypted: string): string | undefined {
  const key = Buffer.from(`${encodingAesKey}=`, 'base64');
  const decipher = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  const padded = Buffer.concat([decipher.update(Buffer.from(encrypted, 'base64')), decipher.final()]);
  const plain = padded.subarray(0, padded.length - (padded.at(-1) ?? 0));
  const length = plain.readUInt32BE(16);
  const text = plain.subarray(20, 20 + length).toString();
  return plain.subarray(20 + length).toString() === appId ? text : undefined;
}
