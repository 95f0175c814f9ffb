import { isFresh, openSigned, sameSignature, signatureOf } from './envelope.ts';
import { type Reply, replyXml } from './reply.ts';
import { readFlatXml } from './xml.ts';

/** What WeChat tells us about an account's people and messages. */
export type WechatEvent =
  | {
      kind: 'receipt';
      openid: string;
      /** As text: beyond 2^53. */
      messageId: string;
      /** `success`, or why not: the person blocks messages, or WeChat itself failed. */
      receipt: 'success' | 'user_block' | 'system_failed';
      at: Date;
    }
  /** `account`: the account's own name, to answer under. */
  | { kind: 'subscribed' | 'unsubscribed'; openid: string; account: string; at: Date }
  /** An entry of the account's menu that asks us instead of opening a page. */
  | { kind: 'clicked'; openid: string; account: string; key: string; at: Date }
  | { kind: 'other' };

/** Query parameters of a callback, as they came. */
export type CallbackQuery = Partial<Record<string, unknown>>;

export interface WechatCallback {
  /** GET: what to answer so that WeChat accepts our address; undefined: refuse. */
  echo(query: CallbackQuery): string | undefined;
  /** POST: the event; undefined: not from WeChat, refuse. With a key set, nothing in plain text is believed. */
  read(query: CallbackQuery, body: string): WechatEvent | undefined;
  /** The body that answers an event with a text. */
  reply(reply: Reply): string;
}

export function createWechatCallback(settings: {
  WECHAT_APP_ID: string;
  WECHAT_TOKEN: string;
  WECHAT_AES_KEY?: string | undefined;
}): WechatCallback {
  const { WECHAT_TOKEN: token, WECHAT_APP_ID: appId, WECHAT_AES_KEY: aesKey } = settings;

  const signed = (query: CallbackQuery): boolean => {
    const { signature, timestamp, nonce } = texts(query);
    if (!timestamp || !nonce || !sameSignature(signature, signatureOf(token, timestamp, nonce))) return false;
    return isFresh(timestamp);
  };

  const open = (query: CallbackQuery, outside: Map<string, string>): Map<string, string> | undefined => {
    const encrypted = outside.get('Encrypt');
    if (!aesKey) return encrypted === undefined || outside.has('MsgType') ? outside : undefined;
    const { timestamp, nonce, msg_signature: signature } = texts(query);
    const xml = openSigned({ token, aesKey, receiver: appId }, { signature, timestamp, nonce }, encrypted);
    return xml === undefined ? undefined : readFlatXml(xml);
  };

  return {
    echo(query) {
      return signed(query) ? texts(query).echostr : undefined;
    },
    read(query, body) {
      if (!signed(query)) return undefined;
      const outside = readFlatXml(body);
      const elements = outside && open(query, outside);
      return elements && eventOf(elements);
    },
    reply: (reply) => replyXml(settings, reply),
  };
}

const names = ['signature', 'msg_signature', 'timestamp', 'nonce', 'echostr'] as const;

export function texts(query: CallbackQuery): Partial<Record<(typeof names)[number], string>> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = query[name];
      return typeof value === 'string' && value.length <= 256 ? [[name, value]] : [];
    }),
  );
}

function eventOf(elements: Map<string, string>): WechatEvent {
  const openid = elements.get('FromUserName');
  const account = elements.get('ToUserName') ?? '';
  const at = new Date(Number(elements.get('CreateTime')) * 1000);
  if (elements.get('MsgType') !== 'event' || !openid || Number.isNaN(at.getTime())) return { kind: 'other' };
  switch (elements.get('Event')) {
    case 'TEMPLATESENDJOBFINISH': {
      const messageId = elements.get('MsgID') ?? elements.get('MsgId');
      if (!messageId || !/^\d{1,20}$/.test(messageId)) return { kind: 'other' };
      return { kind: 'receipt', openid, messageId, receipt: receiptOf(elements.get('Status') ?? ''), at };
    }
    case 'subscribe':
      return { kind: 'subscribed', openid, account, at };
    case 'unsubscribe':
      return { kind: 'unsubscribed', openid, account, at };
    case 'CLICK':
      return { kind: 'clicked', openid, account, key: elements.get('EventKey') ?? '', at };
    default:
      return { kind: 'other' };
  }
}

/** `success`, `failed:user block`, `failed: system failed`: WeChat itself is not sure about the space. */
function receiptOf(status: string): 'success' | 'user_block' | 'system_failed' {
  const word = status.toLowerCase().replace(/\s+/g, '');
  if (word === 'success') return 'success';
  return word === 'failed:userblock' ? 'user_block' : 'system_failed';
}
