import { createHash, timingSafeEqual } from 'node:crypto';
import express, { type RequestHandler, Router } from 'express';
import { z } from 'zod';
import { recordSmsReceipt } from '../../store/messages/message-attempt.ts';
import type { WebDeps } from '../deps.ts';

/** "短信下发状态通知", Tencent Cloud SMS. Numbers and times are left unread. */
const receipts = z.array(
  z.object({ sid: z.string().max(100), report_status: z.enum(['SUCCESS', 'FAIL']), errmsg: z.string().default('') }),
);

/**
 * `POST /sms/receipts/:key`: machines only. The provider signs nothing, so that the address itself is the secret. `result: 0`
 * means that it need not say it again. A receipt of a text that is not about a visit, a code's for example, is taken and
 * forgotten.
 */
export function smsReceiptRoutes({ settings, db, log }: Pick<WebDeps, 'settings' | 'db' | 'log'>): Router {
  const router = Router();
  const { SMS_RECEIPT_KEY: key } = settings;
  if (!key) return router;
  const wanted = digest(key);

  // What a stranger sends is not even read.
  const fromProvider: RequestHandler<{ key: string }> = (req, res, next) => {
    if (timingSafeEqual(wanted, digest(req.params.key))) return next();
    log.warn('receipts of texts came to a wrong address');
    res.status(403).json({ result: 1, errmsg: 'refused' });
  };

  const parsed = express.json({ type: () => true, limit: '256kb' });
  router.post('/sms/receipts/:key', fromProvider, parsed, async (req, res) => {
    const told = receipts.safeParse(req.body);
    if (!told.success) return void res.status(400).json({ result: 1, errmsg: 'not receipts' });
    let again = false;
    for (const { sid, report_status, errmsg } of told.data) {
      const receipt = report_status === 'SUCCESS' ? 'success' : `failed ${codeOf(errmsg)}`.trim();
      const found = await recordSmsReceipt(db, sid, receipt);
      if (found === 'early') again = true;
      else if (found?.failed) log.info({ message: found.message, reservation: found.reservation }, 'not delivered');
    }
    res.json(again ? { result: 1, errmsg: 'later' } : { result: 0, errmsg: 'OK' });
  });
  return router;
}

/** The network's own word, such as `UNDELIV` or `MK:0001`; nothing else is kept of it. */
const codeOf = (word: string): string => /^[\w:.-]{1,40}$/.exec(word)?.[0] ?? '';

/** Of one length, whatever was sent. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
