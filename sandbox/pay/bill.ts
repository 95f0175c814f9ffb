import { createHash, randomBytes } from 'node:crypto';
import { Router } from 'express';
import { z } from 'zod';
import type { Faults } from '../faults.ts';
import type { Memory, PayOrder, PayRefund } from '../memory.ts';
import type { PayAccount } from './account.ts';
import { type Call, done, type Outcome, refuse } from './call.ts';
import { shanghaiDay, shanghaiText } from './clock.ts';
import { createRequestCheck } from './request.ts';

/** The bill of all trade of a day: an address and a hash, signed; then the file, which is not. */

const queryShape = z.object({ bill_date: z.iso.date(), bill_type: z.literal('ALL') });
const names =
  '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注';
const sumNames = '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额';

export function billRoutes(account: PayAccount, memory: Memory, faults: Faults, call: Call): Router {
  const router = Router();
  const check = createRequestCheck(account);
  const files = new Map<string, string>();

  router.get(
    '/v3/bill/tradebill',
    call('pay.bill', (request) => {
      const query = queryShape.safeParse(request.query);
      if (!query.success) return refuse(400, 'PARAM_ERROR', '参数错误：bill_date');
      return give(query.data.bill_date, `http://${request.headers.host}`);
    }),
  );

  /** In reality from ten o'clock of the next day; here of the present day too, so that nobody waits for it. */
  function give(day: string, base: string): Outcome {
    const text = billOf(account, memory, day);
    if (!text) return refuse(400, 'NO_STATEMENT_EXIST', '账单文件不存在');
    const token = randomBytes(16).toString('base64url');
    files.set(token, text);
    return done({
      hash_type: 'SHA1',
      hash_value: createHash('sha1').update(text).digest('hex'),
      download_url: `${base}/v3/billdownload/file?token=${token}`,
    });
  }

  router.get('/v3/billdownload/file', (request, response) => {
    const text = files.get(String(request.query.token ?? ''));
    if (check.problemOf(request) || text === undefined) {
      return void response.status(401).json({ code: 'SIGN_ERROR', message: '签名错误' });
    }
    const isChanged = faults.peek('pay.bill') === 'changed' && faults.take('pay.bill') === 'changed';
    response.type('text/plain').send(isChanged ? text.replace('SUCCESS', 'REVOKED') : text);
  });
  return router;
}

/** Undefined: no trade on this day. */
function billOf(account: PayAccount, memory: Memory, day: string): string | undefined {
  const orders = [...memory.orders.values()].filter(({ paid }) => paid && shanghaiDay(paid.at) === day);
  const refunds = [...memory.refunds.values()].filter(({ at, state }) => shanghaiDay(at) === day && state !== 'CLOSED');
  if (orders.length + refunds.length === 0) return undefined;
  const rows = [
    ...orders.map((order) => rowOf(account, order)),
    ...refunds.flatMap((refund) => {
      const order = memory.orders.get(refund.order);
      return order ? [rowOf(account, order, refund)] : [];
    }),
  ];
  const paid = orders.reduce((sum, { amount }) => sum + amount, 0);
  const back = refunds.reduce((sum, { amount }) => sum + amount, 0);
  const sums = [String(rows.length), yuan(paid), yuan(back), '0.00', '0.00', yuan(paid), yuan(back)];
  return [`\uFEFF${names}`, ...rows.map(line), sumNames, line(sums), ''].join('\r\n');
}

function rowOf(account: PayAccount, order: PayOrder, refund?: PayRefund): string[] {
  const states = { PROCESSING: 'PROCESSING', SUCCESS: 'SUCCESS', ABNORMAL: 'CHANGE', CLOSED: 'FAIL' };
  const [paid, back] = refund ? ['0.00', yuan(refund.amount)] : [yuan(order.amount), '0.00'];
  return [
    shanghaiText(refund?.at ?? order.paid?.at ?? new Date()),
    account.appId,
    account.merchantId,
    '0',
    '',
    order.paid?.transaction ?? '',
    order.number,
    order.paid?.openid ?? '',
    { jsapi: 'JSAPI', native: 'NATIVE', h5: 'MWEB' }[order.method],
    refund ? 'REFUND' : 'SUCCESS',
    'OTHERS',
    'CNY',
    paid,
    '0.00',
    refund?.id ?? '0',
    refund?.number ?? '0',
    back,
    '0.00',
    refund ? 'ORIGINAL' : '',
    refund ? states[refund.state] : '',
    order.description,
    '',
    '0.00000',
    '0.60%',
    paid,
    back,
    '',
  ];
}

const line = (values: string[]): string => values.map((value) => `\`${value}`).join(',');
const yuan = (fen: number): string => `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, '0')}`;
