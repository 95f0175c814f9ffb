import { z } from 'zod';
import { envelopeShape, openEnvelope } from './envelope.ts';
import type { KnownKeys } from './known-keys.ts';
import { idOf } from './number.ts';
import { type RefundState, refundStates } from './shapes.ts';
import { type Headers, judge } from './signature.ts';

/** What WeChat Pay told us, checked. Amounts in fen; order and refund are our UUIDs. */
export type PayNotice =
  | {
      ok: true;
      /** The event's: the same on every try of the provider. */
      id: string;
      what: 'paid';
      order: string;
      amount: number;
      transaction: string;
      at: Date;
      openid?: string;
    }
  | {
      ok: true;
      id: string;
      what: 'refund';
      order: string;
      refund: string;
      amount: number;
      transaction: string;
      state: RefundState;
      at?: Date;
    }
  | {
      ok: false;
      /**
       * `unsigned`: not from WeChat Pay. `probe`: its test whether we check. `stale`: signed more than five minutes ago or
       * ahead. `malformed`: signed, but changed or not to be read. `not_ours`: of another merchant, app or shop, or of an event
       * that is nothing to us. Only the last may be answered as taken.
       */
      why: 'unsigned' | 'probe' | 'stale' | 'malformed' | 'not_ours';
    };

const eventShape = z.object({
  id: z.string().min(1).max(64),
  event_type: z.string().max(64),
  resource: envelopeShape,
});
const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const fen = z.number().int().nonnegative();
const paidShape = z.object({
  mchid: z.string(),
  appid: z.string(),
  out_trade_no: z.string(),
  transaction_id: z.string().min(1).max(64),
  trade_state: z.literal('SUCCESS'),
  success_time: moment,
  payer: z.object({ openid: z.string().max(128).optional() }).optional(),
  amount: z.object({ total: fen, currency: z.string().default('CNY') }),
});
const refundShape = z.object({
  mchid: z.string(),
  out_trade_no: z.string(),
  out_refund_no: z.string(),
  transaction_id: z.string().min(1).max(64),
  refund_status: z.enum(Object.keys(refundStates) as (keyof typeof refundStates)[]),
  success_time: moment.optional(),
  amount: z.object({ refund: fen, total: fen }),
});

const refused = (why: Extract<PayNotice, { ok: false }>['why']): PayNotice => ({ ok: false, why });

export interface NoticeReader {
  keys: KnownKeys;
  apiKey: string;
  merchantId: string;
  appId: string;
}

/** The signature over the raw bytes first; nothing is parsed or decrypted before it holds. */
export function readNotice(
  { keys, apiKey, merchantId, appId }: NoticeReader,
  headers: Headers,
  body: Buffer,
): PayNotice {
  const verdict = judge(keys, headers, body);
  if (verdict !== 'good') return refused(verdict);
  const event = eventShape.safeParse(jsonOf(body.toString('utf8')));
  if (!event.success) return refused('malformed');
  const { id, event_type: type, resource } = event.data;
  const text = openEnvelope(apiKey, resource);
  if (text === undefined) return refused('malformed');
  const inside = jsonOf(text);

  if (type === 'TRANSACTION.SUCCESS') {
    const paid = paidShape.safeParse(inside);
    if (!paid.success) return refused('malformed');
    const { mchid, appid, out_trade_no: number, transaction_id: transaction, amount, payer } = paid.data;
    const order = idOf(number);
    if (mchid !== merchantId || appid !== appId || amount.currency !== 'CNY' || !order) return refused('not_ours');
    return {
      ok: true,
      id,
      what: 'paid',
      order,
      amount: amount.total,
      transaction,
      at: paid.data.success_time,
      ...(payer?.openid === undefined ? {} : { openid: payer.openid }),
    };
  }
  if (/^REFUND\.(SUCCESS|ABNORMAL|CLOSED)$/.test(type)) {
    const found = refundShape.safeParse(inside);
    if (!found.success) return refused('malformed');
    const { mchid, out_trade_no: number, out_refund_no: refundNumber, success_time: at } = found.data;
    const [order, refund] = [idOf(number), idOf(refundNumber)];
    // Of a refund the provider names no app.
    if (mchid !== merchantId || !order || !refund) return refused('not_ours');
    return {
      ok: true,
      id,
      what: 'refund',
      order,
      refund,
      amount: found.data.amount.refund,
      transaction: found.data.transaction_id,
      state: refundStates[found.data.refund_status],
      ...(at === undefined ? {} : { at }),
    };
  }
  return refused('not_ours');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
