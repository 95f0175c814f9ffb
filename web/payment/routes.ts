import { type Request, type RequestHandler, type Response, Router } from 'express';
import QRCode from 'qrcode';
import { yuan } from '../../domain/fee.ts';
import { notFound } from '../../platform/errors.ts';
import { allCampuses } from '../../store/content/content.ts';
import { moneyOf } from '../../store/payments/account.ts';
import { dueOf } from '../../store/payments/due.ts';
import { feeOfSubmission } from '../../store/payments/fee.ts';
import { type Order, ordersOf } from '../../store/payments/order.ts';
import { refundsOf } from '../../store/payments/refund.ts';
import { readOpenid } from '../../store/people/visitor.ts';
import type { WebDeps } from '../deps.ts';
import { textOf } from '../form-value.ts';
import { isUuid } from '../is-uuid.ts';
import { ownReservation, type Submitted } from '../reservations/own.ts';
import { agreed, signedIn, whoVisits } from '../visitor/guard.ts';
import { methodsFor, type OwnMethod } from './methods.ts';
import { placeOrder } from './placing.ts';

/**
 * `/reservations/:id/payment`: what is due, how it is paid, what was paid, and what goes back. An order is a resource of its own: its
 * page leads to WeChat and asks again until it is paid.
 */
export function paymentRoutes(deps: WebDeps): Router {
  const router = Router();
  const visitor: RequestHandler[] = [signedIn, agreed];
  router.get('/reservations/:id/payment', visitor, showPayment(deps));
  router.post('/reservations/:id/payment/orders', visitor, pay(deps));
  router.get('/reservations/:id/payment/orders/:order', visitor, showOrder(deps));
  router.get('/reservations/:id/payment/receipt', visitor, showReceipt(deps));
  return router;
}

function showPayment(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const reservation = await ownReservation(deps, res, req.params.id);
    await renderPayment(deps, req, res, reservation);
  };
}

async function renderPayment(
  deps: WebDeps,
  req: Request,
  res: Response,
  reservation: Submitted,
  refusal?: string,
): Promise<void> {
  const { db } = deps;
  const { id, submission } = reservation;
  const [due, fee, { kept }, orders, refunds] = await Promise.all([
    dueOf(db, reservation),
    feeOfSubmission(db, submission),
    moneyOf(db, id),
    ordersOf(db, id),
    refundsOf(db, id),
  ]);
  if (!due && fee === 0 && orders.length === 0) throw notFound();
  const paid = orders.filter(({ status }) => status === 'paid');
  res.locals.path = `/reservations/${id}/payment`;
  res.render('payment/payment', {
    reservation,
    due,
    fee,
    kept,
    paid,
    refunds,
    methods: due && deps.pay ? methodsFor(req, whoVisits(res).bound) : [],
    refusal,
    yuan,
  });
}

/** One more way to pay the same is another order; the one before is closed first, so that nobody pays twice. */
function pay(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const reservation = await ownReservation(deps, res, req.params.id);
    const method = methodsFor(req, whoVisits(res).bound).find((one) => one === textOf(req.body, 'method'));
    if (!method || !deps.pay) throw notFound();
    const placed = await placeOrder(deps, reservation, { method, ...(await payer(deps, req, res, method)) });
    const base = `/reservations/${reservation.id}/payment`;
    if (placed.end === 'nothing_due') return res.redirect(303, base);
    if (placed.end === 'not_now') return renderPayment(deps, req, res.status(503), reservation, 'payment.not_now');
    res.redirect(303, `${base}/orders/${placed.order}`);
  };
}

async function payer({ db, cipher }: WebDeps, req: Request, res: Response, method: OwnMethod) {
  const description = res.locals.t('payment.description');
  if (method === 'h5') return { description, address: req.ip ?? '' };
  if (method !== 'jsapi') return { description };
  const openid = await readOpenid(db, cipher, whoVisits(res).id);
  if (!openid) throw notFound();
  return { description, openid };
}

function showOrder(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const reservation = await ownReservation(deps, res, req.params.id);
    const order = await ownOrder(deps, reservation, req.params.order);
    const base = `/reservations/${reservation.id}/payment`;
    if (order.status !== 'open' || order.prepay === null) return leave(req, res, base);
    const at = `${base}/orders/${order.id}`;
    if (req.get('hx-request')) return void res.status(204).end();
    res.locals.path = at;
    // WeChat opens only for the site that it knows by this.
    if (order.method === 'h5') res.set('Referrer-Policy', 'strict-origin-when-cross-origin');
    res.render('payment/order', {
      order,
      at,
      base,
      yuan,
      ...(order.method === 'native' && { qr: await QRCode.toString(order.prepay, { type: 'svg', margin: 4 }) }),
      ...(order.method === 'h5' && { leadsTo: backTo(order.prepay, `${deps.settings.PUBLIC_URL}${at}`) }),
      ...(order.method === 'jsapi' && { bridge: deps.pay?.bridge(order.prepay) }),
    });
  };
}

/** Paid, or over: the page of the payment says which. */
function leave(req: Request, res: Response, base: string): void {
  if (req.get('hx-request')) return void res.set('HX-Redirect', base).status(204).end();
  res.redirect(303, base);
}

function backTo(leadsTo: string, back: string): string {
  const url = new URL(leadsTo);
  url.searchParams.set('redirect_url', back);
  return url.href;
}

async function ownOrder({ db }: WebDeps, { id }: Submitted, order: unknown): Promise<Order> {
  const found = isUuid(order) ? (await ordersOf(db, id)).find((one) => one.id === order) : undefined;
  if (!found) throw notFound();
  return found;
}

function showReceipt(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const { db } = deps;
    const reservation = await ownReservation(deps, res, req.params.id);
    const [orders, refunds, campuses] = await Promise.all([
      ordersOf(db, reservation.id),
      refundsOf(db, reservation.id),
      allCampuses(db),
    ]);
    const paid = orders.filter(({ status }) => status === 'paid');
    if (paid.length === 0) throw notFound();
    res.render('payment/receipt', {
      reservation,
      paid,
      refunds,
      campus: campuses.find(({ id }) => id === reservation.campus)?.name,
      yuan,
    });
  };
}
