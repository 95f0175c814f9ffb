import { randomBytes } from 'node:crypto';
import { Router } from 'express';
import { z } from 'zod';
import type { Memory, PayOrder } from '../memory.ts';
import type { PayAccount } from './account.ts';
import { type Call, done, type Outcome, refuse } from './call.ts';
import { shanghaiTime } from './clock.ts';
import { jsonOf } from './request.ts';

/** Orders of WeChat Pay: opened, asked for, closed. Nobody pays here. */

/** Without a query of its own, by TLS or on this machine. */
const noticesTo = z
  .url({ protocol: /^https?$/ })
  .max(255)
  .refine(
    (text) => !text.includes('?') && (text.startsWith('https:') || /^http:\/\/(127\.0\.0\.1|localhost)[:/]/.test(text)),
  );
const common = {
  appid: z.string(),
  mchid: z.string(),
  description: z.string().min(1).max(127),
  out_trade_no: z.string().regex(/^[\w\-|*]{6,32}$/),
  time_expire: z.iso.datetime({ offset: true, precision: 0 }),
  notify_url: noticesTo,
  amount: z.strictObject({ total: z.number().int().positive().max(100_000_000), currency: z.literal('CNY') }),
};
const bodies = {
  jsapi: z.strictObject({ ...common, payer: z.strictObject({ openid: z.string() }) }),
  native: z.strictObject(common),
  h5: z.strictObject({
    ...common,
    scene_info: z.strictObject({
      payer_client_ip: z.union([z.ipv4(), z.ipv6()]),
      h5_info: z.object({ type: z.enum(['iOS', 'Android', 'Wap']) }),
    }),
  }),
};
type Method = keyof typeof bodies;

/** What is not paid in time is closed. */
export function orderOf(memory: Memory, number: string): PayOrder | undefined {
  const order = memory.orders.get(number);
  if (order?.state === 'NOTPAY' && order.expires.getTime() <= Date.now()) order.state = 'CLOSED';
  return order;
}

export function orderRoutes(account: PayAccount, memory: Memory, call: Call): Router {
  const router = Router();

  function open(method: Method, given: unknown, serial: string, base: string): Outcome {
    const parsed = bodies[method].safeParse(given);
    if (!parsed.success) return refuse(400, 'PARAM_ERROR', `参数错误：${parsed.error.issues[0]?.path.join('.')}`);
    const body: z.output<(typeof bodies)['native']> & { payer?: { openid: string } } = parsed.data;
    if (body.mchid !== account.merchantId) return refuse(400, 'MCH_NOT_EXISTS', '商户号不存在');
    if (body.appid !== account.appId) return refuse(400, 'APPID_MCHID_NOT_MATCH', 'AppID和mch_id不匹配');
    if (body.payer && !memory.people.has(body.payer.openid)) return refuse(400, 'PARAM_ERROR', 'appid和openid不匹配');
    const asked = JSON.stringify([method, given]);
    const known = orderOf(memory, body.out_trade_no);
    if (known) {
      if (known.asked !== asked) return refuse(400, 'INVALID_REQUEST', '请求重入，参数与首次请求时不一致');
      if (known.state === 'CLOSED') return refuse(400, 'ORDER_CLOSED', '订单已关闭');
      if (known.state !== 'NOTPAY') return refuse(400, 'ORDERPAID', '该订单已支付');
      return opened(known, base);
    }
    const expires = new Date(body.time_expire);
    // In reality at least a minute ahead; who tests a deadline does not wait that long.
    if (expires.getTime() <= Date.now()) return refuse(400, 'PARAM_ERROR', 'time_expire 已过');
    const order: PayOrder = {
      number: body.out_trade_no,
      method,
      asked,
      description: body.description,
      amount: body.amount.total,
      noticesTo: body.notify_url,
      serial,
      prepay: `wx${randomBytes(17).toString('hex')}`,
      expires,
      state: 'NOTPAY',
      refunded: 0,
      ...(body.payer ? { openid: body.payer.openid } : {}),
    };
    memory.orders.set(order.number, order);
    return opened(order, base);
  }

  for (const method of Object.keys(bodies) as Method[]) {
    router.post(
      `/v3/pay/transactions/${method}`,
      call('pay.open', (request) => {
        const serial = String(request.headers['wechatpay-serial'] ?? '');
        return open(method, jsonOf(request), serial, `http://${request.headers.host}`);
      }),
    );
  }

  router.get(
    '/v3/pay/transactions/out-trade-no/:number',
    call('pay.query', (request) => {
      if (request.query.mchid !== account.merchantId) return refuse(400, 'MCH_NOT_EXISTS', '商户号不存在');
      const order = orderOf(memory, String(request.params.number));
      return order ? done(transactionOf(account, order)) : refuse(404, 'ORDER_NOT_EXIST', '订单不存在');
    }),
  );

  router.post(
    '/v3/pay/transactions/out-trade-no/:number/close',
    call('pay.close', (request) => {
      const body = z.strictObject({ mchid: z.literal(account.merchantId) }).safeParse(jsonOf(request));
      if (!body.success) return refuse(400, 'PARAM_ERROR', '参数错误：mchid');
      const order = orderOf(memory, String(request.params.number));
      if (!order) return refuse(404, 'ORDER_NOT_EXIST', '订单不存在');
      if (order.state === 'CLOSED') return refuse(400, 'ORDER_CLOSED', '订单已关闭');
      if (order.state !== 'NOTPAY') return refuse(400, 'ORDERPAID', '该订单已支付');
      order.state = 'CLOSED';
      return done();
    }),
  );
  return router;
}

function opened({ method, prepay }: PayOrder, base: string): Outcome {
  switch (method) {
    case 'jsapi':
      return done({ prepay_id: prepay });
    case 'native':
      return done({ code_url: `${base}/pay/code/${prepay}` });
    case 'h5':
      return done({ h5_url: `${base}/pay/h5?prepay_id=${prepay}&package=${randomBytes(5).readUInt32BE(0)}` });
  }
}

const states = { NOTPAY: '未支付', SUCCESS: '支付成功', REFUND: '转入退款', CLOSED: '已关闭' };

/** As an answer and as a notification have it. */
export function transactionOf(account: PayAccount, order: PayOrder): Record<string, unknown> {
  const { paid } = order;
  return {
    appid: account.appId,
    mchid: account.merchantId,
    out_trade_no: order.number,
    trade_state: order.state,
    trade_state_desc: states[order.state],
    attach: '',
    amount: {
      total: order.amount,
      currency: 'CNY',
      ...(paid ? { payer_total: order.amount, payer_currency: 'CNY' } : {}),
    },
    ...(paid
      ? {
          transaction_id: paid.transaction,
          trade_type: { jsapi: 'JSAPI', native: 'NATIVE', h5: 'MWEB' }[order.method],
          bank_type: 'OTHERS',
          success_time: shanghaiTime(paid.at),
          payer: { openid: paid.openid },
        }
      : {}),
  };
}
