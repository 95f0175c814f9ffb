import express, { Router } from 'express';
import { payNoticePath } from '../../platform/wechat-pay.ts';
import { recordPayFault } from '../../store/payments/fault.ts';
import { isTaken, noteTaken } from '../../store/payments/notice.ts';
import { findOrder, takeIn } from '../../store/payments/order.ts';
import { markRefund } from '../../store/payments/refund.ts';
import type { WebDeps } from '../deps.ts';

/**
 * What WeChat Pay tells of itself: machines only, verified over the raw bytes, each notice taken in once, whatever its order. What is
 * not answered with 204 is said again, for a day.
 */
export function payNoticeRoutes({ db, pay, orders, log }: Pick<WebDeps, 'db' | 'pay' | 'orders' | 'log'>): Router {
  const router = Router();
  if (!pay) return router;
  router.post(payNoticePath, express.raw({ type: () => true, limit: '64kb' }), async (req, res) => {
    const notice = pay.readNotice(req.headers, Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0));
    if (!notice.ok) {
      log.warn({ reason: notice.why }, 'a notice of payments was refused');
      return void res.status(notice.why === 'malformed' ? 400 : 401).json({ code: 'FAIL', message: notice.why });
    }
    if (await isTaken(db, notice.id)) return void res.status(204).end();
    if (notice.what === 'refund') {
      if (notice.refund && notice.state) {
        await markRefund(db, notice.refund, notice.state === 'closed' ? 'abnormal' : notice.state, notice.at);
      }
      await noteTaken(db, notice.id);
      return void res.status(204).end();
    }
    const { order, transaction, amount, at } = notice;
    const taken = await db.transaction(async (trx) => {
      const end = await takeIn(trx, { order, transaction, amount, at });
      const fault = end === 'unknown' ? 'unknown_order' : end === 'other_amount' ? end : undefined;
      if (fault) await recordPayFault(trx, { kind: fault, subject: order, theirs: amount });
      await noteTaken(trx, notice.id);
      return end;
    });
    res.status(204).end();
    const found = taken === 'taken' ? await findOrder(db, order) : undefined;
    // The worker says it again where this does not arrive.
    if (found) await orders.tell(found.reservation).catch(() => {});
  });
  return router;
}
