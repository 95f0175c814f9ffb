import { verify } from 'node:crypto';
import { z } from 'zod';
import type { Memory, PayOrder } from '../memory.ts';
import type { PayAccount } from './account.ts';
import type { Books } from './books.ts';
import type { PayNotices } from './notices.ts';
import { orderOf, transactionOf } from './orders.ts';

/** What somebody can do at the cashier. `poor`: there is not enough money. */
export const payActs = ['pay', 'cancel', 'poor'] as const;
export type PayAct = (typeof payActs)[number];
/** As WeixinJSBridge says it; `gone`: the order is closed, or paid already. */
export type PayResult = 'ok' | 'cancel' | 'fail' | 'gone';

export interface Cashier {
  find(prepay: string): PayOrder | undefined;
  act(order: PayOrder, act: PayAct, openid?: string): PayResult;
  /** The order that the merchant's own page may have paid; undefined: not signed by the merchant. */
  ofBridge(call: unknown): PayOrder | undefined;
}

const bridgeShape = z.object({
  appId: z.string(),
  timeStamp: z.string().regex(/^\d{10}$/),
  nonceStr: z.string().min(1).max(32),
  package: z.string().startsWith('prepay_id='),
  signType: z.literal('RSA'),
  paySign: z.string(),
});

/** A prepay id is good for two hours. */
const prepayMs = 2 * 3600_000;

export function createCashier(account: PayAccount, memory: Memory, notices: PayNotices, books: Books): Cashier {
  // Never a number twice, also after a restart.
  let last = Date.now() * 1_000;
  const cashier: Cashier = {
    find(prepay) {
      const found = [...memory.orders.values()].find((order) => order.prepay === prepay);
      return found && orderOf(memory, found.number);
    },
    act(order, act, openid) {
      const current = orderOf(memory, order.number);
      if (current?.state !== 'NOTPAY') return 'gone';
      if (act !== 'pay') return act === 'cancel' ? 'cancel' : 'fail';
      const payer = order.openid ?? openid ?? [...memory.people.keys()][0] ?? '';
      order.paid = { transaction: `4200${++last}`.padEnd(28, '0'), at: new Date(), openid: payer };
      order.state = 'SUCCESS';
      books.save();
      notices.tell('TRANSACTION.SUCCESS', order, transactionOf(account, order));
      return 'ok';
    },
    ofBridge(given) {
      const parsed = bridgeShape.safeParse(given);
      if (!parsed.success) return undefined;
      const { appId, timeStamp, nonceStr, package: inside, paySign } = parsed.data;
      const text = Buffer.from(`${appId}\n${timeStamp}\n${nonceStr}\n${inside}\n`);
      const isSigned = verify('RSA-SHA256', text, account.merchantKey, Buffer.from(paySign, 'base64'));
      const isRecent = Math.abs(Date.now() - Number(timeStamp) * 1000) < prepayMs;
      if (!isSigned || !isRecent || appId !== account.appId) return undefined;
      const order = cashier.find(inside.slice('prepay_id='.length));
      return order?.method === 'jsapi' ? order : undefined;
    },
  };
  return cashier;
}
