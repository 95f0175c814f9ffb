import { json, Router } from 'express';
import { z } from 'zod';
import type { Memory } from '../memory.ts';
import type { PayAccount } from './account.ts';
import type { PayNotices } from './notices.ts';
import { orderOf } from './orders.ts';
import { type Cashier, payActs } from './paying.ts';

/** An order by our id or by its number. */
const number = z.string().transform((text) => text.replaceAll('-', ''));
const actShape = z.object({ order: number, act: z.enum(payActs).default('pay'), openid: z.string().optional() });

/** What WeChat Pay knows, as JSON for tests, and what a test does in people's place. Oldest first. */
export function payInspectRoutes(account: PayAccount, memory: Memory, cashier: Cashier, notices: PayNotices): Router {
  const router = Router();
  router.use('/inspect/pay', json({ limit: '8kb' }));
  router.get('/inspect/pay/orders', (_request, response) => {
    response.json([...memory.orders.keys()].map((one) => orderOf(memory, one)));
  });
  router.get('/inspect/pay/refunds', (_request, response) => void response.json([...memory.refunds.values()]));
  router.get('/inspect/pay/notices', (_request, response) => void response.json(notices.tries));
  /** An event once more, by its id. */
  router.post('/inspect/pay/notices', (request, response) => {
    response.json({ sent: notices.repeat(String(request.body.id)) });
  });
  /** As if somebody paid, gave up or had too little, without a page. */
  router.post('/inspect/pay/payments', (request, response) => {
    const { order, act, openid } = actShape.parse(request.body);
    const found = orderOf(memory, order);
    if (!found) return void response.status(404).json({ error: 'there is no such order' });
    response.json({ result: cashier.act(found, act, openid) });
  });
  /** As if the time to pay were over. */
  router.post('/inspect/pay/expiry', (request, response) => {
    const found = orderOf(memory, number.parse(request.body.order));
    if (!found) return void response.status(404).json({ error: 'there is no such order' });
    found.expires = new Date();
    response.json(orderOf(memory, found.number));
  });
  router.get('/inspect/pay/certificates', (_request, response) => {
    response.json({ certificates: account.certificates, fetched: account.fetched });
  });
  /** One more beside the others; with `use`, the newest signs from now on. */
  router.post('/inspect/pay/certificates', (request, response) => {
    if (request.body.use === true) account.useNewest();
    else account.addCertificate();
    response.json(account.certificates);
  });
  return router;
}
