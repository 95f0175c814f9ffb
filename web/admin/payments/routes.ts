import { type Request, type RequestHandler, type Response, Router } from 'express';
import { yuan } from '../../../domain/fee.ts';
import { notFound } from '../../../platform/errors.ts';
import { comparedDays } from '../../../store/payments/bill.ts';
import { cashDays } from '../../../store/payments/cash-days.ts';
import { openPayFaults, payFaultKinds, settlePayFault } from '../../../store/payments/fault.ts';
import { lateRefunds, payOut, refundsAtCounter } from '../../../store/payments/refund.ts';
import type { WebDeps } from '../../deps.ts';
import { textOf } from '../../form-value.ts';
import { isUuid } from '../../is-uuid.ts';
import { adminOnly, navigation, staffOnly, whoIs } from '../../staff/guard.ts';
import { recordAct } from '../../staff/recording.ts';

const path = '/admin/payments';
const most = 200;
const days = 31;
/** Ours and the provider's. */
const numbers = /^[\w-]{1,64}$/;

/** `/admin/payments`: each day's money beside the provider's bill, what does not agree, and what the office has to pay out. */
export function paymentAdminRoutes(deps: WebDeps): Router {
  const router = Router();
  const admin: RequestHandler[] = [staffOnly, adminOnly, navigation(deps)];
  const { db } = deps;

  router.get(path, admin, async (req: Request, res: Response) => {
    await recordAct(deps, req, res, { action: 'payments_viewed', subject: { kind: 'list', id: 'payments' } });
    await render(deps, res);
  });

  router.post(`${path}/refunds/:id/payouts`, admin, async (req: Request, res: Response) => {
    const { id } = req.params;
    if (!isUuid(id)) throw notFound();
    const done = await db.transaction(async (trx) => {
      const paid = await payOut(trx, { refund: id, by: whoIs(res).id });
      if (paid) await recordAct(deps, req, res, { action: 'refund_paid_out', subject: { kind: 'refund', id } }, trx);
      return paid;
    });
    res.redirect(303, done ? `${path}?saved` : path);
  });

  router.post(`${path}/faults/settlements`, admin, async (req: Request, res: Response) => {
    const kind = payFaultKinds.find((one) => one === textOf(req.body, 'kind'));
    const subject = textOf(req.body, 'subject');
    if (!kind || !numbers.test(subject)) throw notFound();
    const done = await db.transaction(async (trx) => {
      const settled = await settlePayFault(trx, { kind, subject, by: whoIs(res).id });
      const detail = { kind };
      if (settled)
        await recordAct(
          deps,
          req,
          res,
          { action: 'payment_fault_settled', subject: { kind: 'payment', id: subject }, detail },
          trx,
        );
      return settled;
    });
    res.redirect(303, done ? `${path}?saved` : path);
  });
  return router;
}

async function render({ db, pay }: WebDeps, res: Response): Promise<void> {
  const [faults, refunds, late, bills, cash] = await Promise.all([
    openPayFaults(db, most),
    refundsAtCounter(db, most),
    lateRefunds(db),
    comparedDays(db, days),
    cashDays(db, days),
  ]);
  res.locals.path = path;
  res.render('admin/payments/list', {
    faults,
    refunds,
    late,
    bills,
    cash,
    yuan,
    pays: pay !== undefined,
    saved: typeof res.req.query.saved === 'string',
  });
}
