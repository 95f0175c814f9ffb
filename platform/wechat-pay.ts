import { createHash, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import type { WechatPaySettings, WechatSettings } from './config.ts';
import { type BillLine, readBill } from './wechat-pay/bill.ts';
import { type Answer, send } from './wechat-pay/call.ts';
import { keepCertificates } from './wechat-pay/certificates.ts';
import { failure, type PayFailure } from './wechat-pay/fault.ts';
import { createKnownKeys, type KnownKeys } from './wechat-pay/known-keys.ts';
import { createPayLibrary } from './wechat-pay/library.ts';
import { type PayNotice, readNotice } from './wechat-pay/notice.ts';
import { numberOf } from './wechat-pay/number.ts';
import { type OpenOrder, openOrder } from './wechat-pay/open.ts';
import { billShape, type OrderState, orderShape, type RefundState, refundShape } from './wechat-pay/shapes.ts';
import type { Headers } from './wechat-pay/signature.ts';

export type { BillLine } from './wechat-pay/bill.ts';
export type { PayFailure, PayFault } from './wechat-pay/fault.ts';
export type { PayNotice } from './wechat-pay/notice.ts';
export type { OpenOrder } from './wechat-pay/open.ts';
export type { OrderState, RefundState } from './wechat-pay/shapes.ts';

/** Where at PUBLIC_URL payments and refunds are notified. Raw bytes, answered within five seconds. */
export const payNoticePath = '/wechat/pay/notices';

/** What WeixinJSBridge's `getBrandWCPayRequest` is given. */
export interface BridgeCall {
  appId: string;
  timeStamp: string;
  nonceStr: string;
  package: string;
  signType: 'RSA';
  paySign: string;
}

export interface PaidOrder {
  transaction: string;
  /** In fen: what the order asked for. The caller compares it with its own. */
  amount: number;
  at: Date;
  openid?: string;
}

/**
 * WeChat Pay, API v3. Every call ends within about five seconds and answers with a value; the same call again is the
 * same order or refund, not another one. Ids are our UUIDs, amounts fen.
 */
export interface WechatPay {
  /** `prepay`: for WeixinJSBridge (`bridge`), for a QR code, or the address that the browser goes to. */
  open(order: OpenOrder): Promise<{ ok: true; prepay: string } | PayFailure>;
  /** `none`: never opened there. `paid` is there in the states `paid` and `refunded`. */
  query(order: string): Promise<{ ok: true; state: OrderState; paid?: PaidOrder } | PayFailure>;
  /** Fault `paid`: too late. Closing what is closed is done. */
  close(order: string): Promise<{ ok: true } | PayFailure>;
  /** `total`: what the order was paid with. The same id on every try, or the money goes back twice. */
  refund(refund: {
    id: string;
    order: string;
    amount: number;
    total: number;
    reason: string;
  }): Promise<{ ok: true; state: RefundState } | PayFailure>;
  /** `none`: never asked for. */
  findRefund(id: string): Promise<{ ok: true; state: RefundState; at?: Date } | PayFailure>;
  /** @param day YYYY-MM-DD in Shanghai, there from ten in the morning of the next. `none`: no trade on it. */
  bill(day: string): Promise<{ ok: true; lines: BillLine[] } | PayFailure>;
  readNotice(headers: Headers, rawBody: Buffer): PayNotice;
  bridge(prepay: string): BridgeCall;
}

type Settings = WechatPaySettings & Pick<WechatSettings, 'WECHAT_APP_ID'> & { PUBLIC_URL: string };

/**
 * @returns undefined where no merchant account is set
 * @throws Error naming a setting whose key or certificate cannot be read
 */
export function createWechatPay(settings: Settings): WechatPay | undefined {
  const { WECHAT_PAY_MERCHANT_ID: merchantId, WECHAT_PAY_API_V3_KEY: apiKey, WECHAT_PAY_SERIAL: serial } = settings;
  const { WECHAT_APP_ID: appId, WECHAT_PAY_KEY: key } = settings;
  if (!merchantId || !apiKey || !serial || !key) return undefined;
  const url = settings.WECHAT_PAY_URL;
  const keys = keysOf(settings);
  const privateKey = naming('WECHAT_PAY_KEY', () => privateKeyOf(key));
  const merchant = { url, appId, merchantId, serial, key: privateKey };
  const library = createPayLibrary(merchant, keys);
  const refreshCertificates = keepCertificates(apiKey, keys, library);
  const noticesAt = settings.PUBLIC_URL + payNoticePath;
  const ask: typeof library.ask = (call) => {
    refreshCertificates();
    return library.ask(call);
  };

  return {
    open: (order) => openOrder({ ask, noticesAt }, order),

    async query(order) {
      const number = numberOf(order);
      const found = read(orderShape, await ask((pay) => pay.query({ out_trade_no: number })));
      if (!found.ok) return found;
      const { appid, mchid, out_trade_no: named, trade_state: state, amount, transaction_id: transaction } = found.body;
      const { success_time: at, payer } = found.body;
      if (appid !== appId || mchid !== merchantId || named !== number) return failure('not_ours');
      if (state !== 'paid' && state !== 'refunded') return { ok: true, state };
      if (amount?.total === undefined || transaction === undefined || at === undefined) return failure('unknown');
      if (amount.currency !== 'CNY') return failure('not_ours');
      const openid = payer?.openid;
      const paid = { transaction, amount: amount.total, at, ...(openid === undefined ? {} : { openid }) };
      return { ok: true, state, paid };
    },

    async close(order) {
      const answer = await ask((pay) => pay.close(numberOf(order)));
      return answer.ok || answer.fault === 'closed' ? { ok: true } : answer;
    },

    async refund({ id, order, amount, total, reason }) {
      const [number, orderNumber] = [numberOf(id), numberOf(order)];
      const answer = await ask((pay) =>
        pay.refunds({
          out_trade_no: orderNumber,
          out_refund_no: number,
          // The provider's limit is in bytes.
          reason: cut(reason, 26),
          notify_url: noticesAt,
          amount: { refund: amount, total, currency: 'CNY' },
        }),
      );
      const found = read(refundShape, answer);
      if (!found.ok) return found;
      const { out_refund_no: named, out_trade_no: ofOrder, amount: said, status: state } = found.body;
      const isOurs = named === number && ofOrder === orderNumber && said.refund === amount && said.total === total;
      return isOurs ? { ok: true, state } : failure('not_ours');
    },

    async findRefund(id) {
      const number = numberOf(id);
      const found = read(refundShape, await ask((pay) => pay.find_refunds(number)));
      if (!found.ok) return found;
      const { out_refund_no: named, status: state, success_time: at } = found.body;
      if (named !== number) return failure('not_ours');
      return { ok: true, state, ...(at === undefined ? {} : { at }) };
    },

    async bill(day) {
      const answer = await ask((pay) => pay.tradebill({ bill_date: day, bill_type: 'ALL' }));
      const found = read(billShape, answer);
      if (!found.ok) return found;
      // Whatever host the provider names, our signature goes to the one of the settings. The file itself is not signed:
      // its hash stands in the answer that is.
      const { pathname, search } = new URL(found.body.download_url);
      const file = await send(url, keys.asked, library.signed(pathname + search), fileLimits);
      if (!file.ok) return file;
      if (file.status !== 200) return failure('unknown', `HTTP_${file.status}`);
      const hash = createHash('sha1').update(file.bytes).digest('hex');
      if (hash !== found.body.hash_value.toLowerCase()) return failure('unsigned');
      const lines = readBill(file.bytes.toString('utf8'), appId);
      return lines ? { ok: true, lines } : failure('unknown');
    },

    readNotice: (headers, rawBody) => readNotice({ keys, apiKey, merchantId, appId }, headers, rawBody),

    bridge(prepay) {
      const [timeStamp, nonceStr] = [String(Math.floor(Date.now() / 1000)), library.nonce()];
      const inside = `prepay_id=${prepay}`;
      const paySign = library.sign(`${appId}\n${timeStamp}\n${nonceStr}\n${inside}\n`);
      return { appId, timeStamp, nonceStr, package: inside, signType: 'RSA', paySign };
    },
  };
}

const fileLimits = { limitMs: 30_000, longest: 64 * 1024 * 1024 };

/** A signed success that is not of the shape says nothing about what was done. */
function read<S extends z.ZodType>(shape: S, answer: Answer): { ok: true; body: z.output<S> } | PayFailure {
  if (!answer.ok) return answer;
  const parsed = shape.safeParse(answer.body);
  return parsed.success ? { ok: true, body: parsed.data } : failure('unknown', 'SHAPE');
}

const cut = (text: string, most: number): string => [...text].slice(0, most).join('');

function keysOf(settings: Settings): KnownKeys {
  const { WECHAT_PAY_PUBLIC_KEY_ID: id, WECHAT_PAY_PUBLIC_KEY: key, WECHAT_PAY_CERTIFICATES: certificates } = settings;
  const keys = naming('WECHAT_PAY_PUBLIC_KEY', () => createKnownKeys(id && key ? { id, pem: pemOf(key) } : undefined));
  if (certificates !== undefined) naming('WECHAT_PAY_CERTIFICATES', () => keys.addCertificates(pemOf(certificates)));
  return keys;
}

function privateKeyOf(value: string): string {
  const pem = pemOf(value);
  createPrivateKey(pem);
  return pem;
}

/** The text itself, on one line or several, or that of the file of this path. */
const pemOf = (value: string): string =>
  value.includes('-----BEGIN ') ? value.replaceAll('\\n', '\n') : readFileSync(value, 'utf8');

/** Why a key cannot be read can hold the key: nothing but a code is said of it. */
function naming<T>(name: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw new Error(`${name} cannot be read${code}`);
  }
}
