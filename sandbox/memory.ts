import { randomBytes } from 'node:crypto';

/** All that the sandbox knows, gone when it stops; of orders and refunds a demo keeps a copy (`sandbox/pay/books.ts`). */
export interface Memory {
  people: Map<string, WechatPerson>;
  /** Newest last. */
  wechatMessages: WechatMessage[];
  /** Newest last. */
  texts: SmsMessage[];
  /** Newest last. */
  mails: StoredMail[];
  /** The account's menu; a new account's is made by hand with the one entry of the guide. */
  menu: { type: string; name: string; url?: string | undefined; key?: string | undefined }[];
  /** What the account answered to an event, newest last. */
  replies: { openid: string; text: string; at: Date }[];
  /** By the merchant's number, oldest first. */
  orders: Map<string, PayOrder>;
  /** By the merchant's number, oldest first. */
  refunds: Map<string, PayRefund>;
}

/** An order at WeChat Pay. Amounts in fen. */
export interface PayOrder {
  number: string;
  method: 'jsapi' | 'native' | 'h5';
  /** What the merchant asked for, to the letter: the same number again has to ask for the same. */
  asked: string;
  description: string;
  amount: number;
  /** Who may pay; absent: anybody. */
  openid?: string;
  noticesTo: string;
  /** Under which serial the merchant wants to be told. */
  serial: string;
  /** In an address of the cashier. */
  prepay: string;
  expires: Date;
  state: 'NOTPAY' | 'SUCCESS' | 'REFUND' | 'CLOSED';
  paid?: { transaction: string; at: Date; openid: string };
  refunded: number;
}

export interface PayRefund {
  number: string;
  order: string;
  asked: string;
  id: string;
  amount: number;
  reason?: string | undefined;
  state: 'PROCESSING' | 'SUCCESS' | 'CLOSED' | 'ABNORMAL';
  at: Date;
  doneAt?: Date;
  noticesTo: string;
  serial: string;
}

/** Somebody with WeChat. */
export interface WechatPerson {
  openid: string;
  nickname: string;
  following: boolean;
  /** Takes no messages from the account, though still following. */
  blocking: boolean;
}

export interface WechatMessage {
  /** Beyond 2^53. */
  id: bigint;
  openid: string;
  template: string;
  title: string;
  fields: { key: string; label: string; value: string }[];
  url: string;
  clientMessageId?: string;
  at: Date;
  /** A person who refuses the account's messages never sees them, though WeChat took them. */
  shown: boolean;
  /** What the receipt said, once the callback took it. */
  receipt?: string;
}

export interface SmsMessage {
  serial: string;
  /** Eleven digits of the mainland, else with its plus sign. */
  phone: string;
  template: string;
  values: string[];
  text: string;
  at: Date;
  /** What the receipt said, once the site took it. */
  receipt?: string;
}

/** A mail as a mail program shows it. */
export interface StoredMail {
  id: string;
  /** The one recipient of the envelope. */
  address: string;
  from: string;
  to: string;
  subject: string;
  text: string;
  html: string;
  messageId: string;
  at: Date;
  /** It went back: nobody reads it in this mailbox. */
  bounced: boolean;
}

const nicknames = ['林小满', '周明远', '何知夏'];

export function createMemory(): Memory {
  const memory: Memory = {
    people: new Map(),
    wechatMessages: [],
    texts: [],
    mails: [],
    replies: [],
    orders: new Map(),
    refunds: new Map(),
    menu: [{ type: 'view', name: '访客预约' }],
  };
  for (const nickname of nicknames) addPerson(memory, nickname);
  return memory;
}

export function addPerson(memory: Memory, nickname: string): WechatPerson {
  const openid = `o${randomBytes(20).toString('base64url')}`;
  const person: WechatPerson = { openid, nickname, following: true, blocking: false };
  memory.people.set(openid, person);
  return person;
}
