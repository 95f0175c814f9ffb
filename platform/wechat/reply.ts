import { randomInt } from 'node:crypto';
import { sealEnvelope, signatureOf } from './envelope.ts';

/** A text that answers an event, in the body of our answer to WeChat's callback; encrypted where the account is. */
export interface Reply {
  /** Who is answered. */
  openid: string;
  /** The account's own name, as the event's `ToUserName` had it. */
  account: string;
  /** At most 600 characters; links in it can be tapped. */
  text: string;
}

export function replyXml(
  settings: { WECHAT_TOKEN: string; WECHAT_APP_ID: string; WECHAT_AES_KEY?: string | undefined },
  { openid, account, text }: Reply,
  now = Date.now(),
): string {
  const timestamp = String(Math.floor(now / 1000));
  const plain = [
    '<xml>',
    `<ToUserName>${data(openid)}</ToUserName>`,
    `<FromUserName>${data(account)}</FromUserName>`,
    `<CreateTime>${timestamp}</CreateTime>`,
    '<MsgType><![CDATA[text]]></MsgType>',
    `<Content>${data(text)}</Content>`,
    '</xml>',
  ].join('');
  if (!settings.WECHAT_AES_KEY) return plain;
  const encrypted = sealEnvelope(settings.WECHAT_AES_KEY, settings.WECHAT_APP_ID, plain);
  const nonce = String(randomInt(1_000_000_000, 2_000_000_000));
  const signature = signatureOf(settings.WECHAT_TOKEN, timestamp, nonce, encrypted);
  return [
    '<xml>',
    `<Encrypt>${data(encrypted)}</Encrypt>`,
    `<MsgSignature>${data(signature)}</MsgSignature>`,
    `<TimeStamp>${timestamp}</TimeStamp>`,
    `<Nonce>${data(nonce)}</Nonce>`,
    '</xml>',
  ].join('');
}

/** Nothing within ends the section early. */
const data = (text: string): string => `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;
