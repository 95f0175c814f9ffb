import type { Knex } from 'knex';
import { translator } from '../platform/i18n.ts';
import type { Log } from '../platform/log.ts';
import { type Rounds, startRounds } from '../platform/rounds.ts';
import { waitingOf } from '../platform/waiting.ts';
import { isFinal } from '../platform/wechat-pay/fault.ts';
import type { WechatPay } from '../platform/wechat-pay.ts';
import { ordersToLookAt, untoldPayments } from '../store/payments/order.ts';
import { markRefund, type Refund, refundsToSend } from '../store/payments/refund.ts';
import type { Orders } from './orders.ts';

/** Rows a round, of each kind. */
const batch = 20;

/**
 * What notices and pages leave over: a payment whose workflow was not told, an order whose notice never came, and money on its way
 * back, with the same number at every try.
 */
export function followPayments(
  { db, pay, orders }: { db: Knex; pay: WechatPay | undefined; orders: Orders },
  { log, every = 1_000 }: { log: Log; every?: number },
): Rounds {
  const waiting = waitingOf(log);
  /** What WeChat shows to whoever paid. */
  const inWords = translator('zh-CN');

  async function round(signal: AbortSignal): Promise<void> {
    for (const { reservation } of await untoldPayments(db, batch)) {
      await waiting.attempt('a payment is not told', { reservation }, () => orders.tell(reservation));
    }
    if (!pay) return;
    for (const refund of signal.aborted ? [] : await refundsToSend(db, batch)) {
      await waiting.attempt('a refund has to wait', { refund: refund.id }, () => send(pay, refund));
    }
    for (const order of signal.aborted ? [] : await ordersToLookAt(db, batch)) {
      await waiting.attempt('an order is not looked at', { order: order.id }, () => orders.look(order));
    }
  }

  /** One that the provider has taken is asked of until it is done; one that it does not know after all is handed over again. */
  async function send(provider: WechatPay, { id, order, amount, total, reason, status }: Refund): Promise<void> {
    const known = status === 'processing' ? await provider.findRefund(id) : undefined;
    const answer =
      known && (known.ok || known.fault !== 'none')
        ? known
        : await provider.refund({ id, order, amount, total, reason: inWords(`payment.because.${reason}`) });
    if (answer.ok) await markRefund(db, id, answer.state === 'closed' ? 'abnormal' : answer.state);
    else if (isFinal(answer)) await markRefund(db, id, 'abnormal');
  }

  return startRounds({ every, round, failure: 'payments are not followed', log });
}
