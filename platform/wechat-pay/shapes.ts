import { z } from 'zod';

/** What WeChat Pay answers, as far as we read it. Amounts in fen. */

/** `abnormal`: the money did not arrive, the card being closed for example: an office has to act at the provider. */
export type RefundState = 'processing' | 'done' | 'closed' | 'abnormal';
export const refundStates = {
  PROCESSING: 'processing',
  SUCCESS: 'done',
  CLOSED: 'closed',
  ABNORMAL: 'abnormal',
} as const satisfies Record<string, RefundState>;

/** `refunded`: paid, and something of it went back since. */
export type OrderState = 'unpaid' | 'paying' | 'paid' | 'closed' | 'refunded';
const orderStates = {
  NOTPAY: 'unpaid',
  PAYERROR: 'unpaid',
  USERPAYING: 'paying',
  ACCEPT: 'paying',
  SUCCESS: 'paid',
  REFUND: 'refunded',
  CLOSED: 'closed',
  REVOKED: 'closed',
} as const satisfies Record<string, OrderState>;

const keysOf = <T extends object>(states: T) => z.enum(Object.keys(states) as (keyof T & string)[]);
const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const fen = z.number().int().nonnegative();

const webAddress = z.url({ protocol: /^https?$/ }).max(512);
export const openedShapes = {
  jsapi: z.object({ prepay_id: z.string().min(1).max(128) }).transform((found) => found.prepay_id),
  native: z.object({ code_url: z.string().min(1).max(512) }).transform((found) => found.code_url),
  h5: z.object({ h5_url: webAddress }).transform((found) => found.h5_url),
};

export const orderShape = z.object({
  appid: z.string(),
  mchid: z.string(),
  out_trade_no: z.string(),
  trade_state: keysOf(orderStates).transform((state): OrderState => orderStates[state]),
  transaction_id: z.string().max(64).optional(),
  success_time: moment.optional(),
  payer: z.object({ openid: z.string().max(128).optional() }).optional(),
  amount: z.object({ total: fen.optional(), currency: z.string().default('CNY') }).optional(),
});

export const refundShape = z.object({
  out_refund_no: z.string(),
  out_trade_no: z.string(),
  status: keysOf(refundStates).transform((state): RefundState => refundStates[state]),
  success_time: moment.optional(),
  amount: z.object({ refund: fen, total: fen }),
});

export const billShape = z.object({
  hash_type: z.literal('SHA1'),
  hash_value: z.string().regex(/^[0-9a-fA-F]{40}$/),
  download_url: z.url(),
});
