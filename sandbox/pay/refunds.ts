import { Router } from 'express';
import { z } from 'zod';
import type { Faults } from '../faults.ts';
import type { Memory, PayRefund } from '../memory.ts';
import type { PayAccount } from './account.ts';
import type { Books } from './books.ts';
import { type Call, done, type Outcome, refuse } from './call.ts';
import { shanghaiTime } from './clock.ts';
import type { PayNotices } from './notices.ts';
import { orderOf } from './orders.ts';
import { jsonOf } from './request.ts';

const bodyShape = z.strictObject({
  out_trade_no: z.string(),
  out_refund_no: z.string().regex(/^[\w\-|*@]{1,64}$/),
  reason: z
    .string()
    .refine((text) => Buffer.byteLength(text) <= 80)
    .optional(),
  notify_url: z.url(),
  amount: z.strictObject({
    refund: z.number().int().positive(),
    total: z.number().int().positive(),
    currency: z.literal('CNY'),
  }),
});

const takesMs = 300;

/** Refunds are taken at once and done a moment later; the same number never pays back twice. */
export function refundRoutes(
  account: PayAccount,
  memory: Memory,
  { faults, notices, books }: { faults: Faults; notices: PayNotices; books: Books },
  call: Call,
): Router {
  const router = Router();
  let last = Date.now();

  function take(given: unknown, serial: string): Outcome {
    const parsed = bodyShape.safeParse(given);
    if (!parsed.success) return refuse(400, 'PARAM_ERROR', `参数错误：${parsed.error.issues[0]?.path.join('.')}`);
    const { out_trade_no: number, out_refund_no: refundNumber, amount, notify_url: noticesTo } = parsed.data;
    const asked = JSON.stringify([number, amount]);
    const known = memory.refunds.get(refundNumber);
    if (known) {
      if (known.asked !== asked) return refuse(400, 'INVALID_REQUEST', '退款单号已使用，参数与首次请求时不一致');
      return done(refundOf(memory, known));
    }
    const order = orderOf(memory, number);
    if (!order) return refuse(404, 'RESOURCE_NOT_EXISTS', '订单不存在');
    if (!order.paid) return refuse(400, 'INVALID_REQUEST', '订单未支付');
    if (order.amount !== amount.total) return refuse(400, 'INVALID_REQUEST', '订单金额与原订单不一致');
    if (order.refunded + amount.refund > order.amount)
      return refuse(400, 'INVALID_REQUEST', '申请退款金额大于订单剩余可退金额');
    order.refunded += amount.refund;
    order.state = 'REFUND';
    const refund: PayRefund = {
      number: refundNumber,
      order: number,
      asked,
      id: `503${++last}`,
      amount: amount.refund,
      reason: parsed.data.reason,
      state: 'PROCESSING',
      at: new Date(),
      noticesTo,
      serial,
    };
    memory.refunds.set(refund.number, refund);
    finishLater(refund);
    return done(refundOf(memory, refund));
  }

  const finishLater = (refund: PayRefund) => void setTimeout(() => finish(refund), takesMs).unref();
  for (const refund of memory.refunds.values()) if (refund.state === 'PROCESSING') finishLater(refund);

  function finish(refund: PayRefund): void {
    const mode = faults.take('pay.outcome');
    if (mode === 'never') return;
    refund.state = mode === 'failed' ? 'ABNORMAL' : mode === 'closed' ? 'CLOSED' : 'SUCCESS';
    const order = memory.orders.get(refund.order);
    if (refund.state === 'SUCCESS') refund.doneAt = new Date();
    if (refund.state === 'CLOSED' && order) order.refunded -= refund.amount;
    books.save();
    notices.tell(`REFUND.${refund.state}`, refund, {
      mchid: account.merchantId,
      ...refundOf(memory, refund),
      status: undefined,
      refund_status: refund.state,
    });
  }

  router.post(
    '/v3/refund/domestic/refunds',
    call('pay.refund', (request) => take(jsonOf(request), String(request.headers['wechatpay-serial'] ?? ''))),
  );
  router.get(
    '/v3/refund/domestic/refunds/:number',
    call('pay.query', (request) => {
      const refund = memory.refunds.get(String(request.params.number));
      return refund ? done(refundOf(memory, refund)) : refuse(404, 'RESOURCE_NOT_EXISTS', '退款单不存在');
    }),
  );
  return router;
}

function refundOf(memory: Memory, refund: PayRefund): Record<string, unknown> {
  const order = memory.orders.get(refund.order);
  return {
    refund_id: refund.id,
    out_refund_no: refund.number,
    transaction_id: order?.paid?.transaction,
    out_trade_no: refund.order,
    channel: 'ORIGINAL',
    user_received_account: '支付用户零钱',
    create_time: shanghaiTime(refund.at),
    ...(refund.doneAt ? { success_time: shanghaiTime(refund.doneAt) } : {}),
    status: refund.state,
    funds_account: 'AVAILABLE',
    amount: {
      total: order?.amount,
      refund: refund.amount,
      payer_total: order?.amount,
      payer_refund: refund.amount,
      currency: 'CNY',
    },
  };
}
