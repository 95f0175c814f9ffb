import { createHash, timingSafeEqual } from 'node:crypto';
import express, { Router } from 'express';
import { readDeliveryReport } from '../../domain/delivery-report.ts';
import { recordBounce } from '../../store/messages/staff-letter.ts';
import { recordLinkBounce } from '../../store/staff/link-letter.ts';
import type { WebDeps } from '../deps.ts';

/**
 * `POST /mail/bounces`: machines only. The university's mail server hands delivery reports to it, with the key that it was
 * given. A report about a mail that is not ours is taken and forgotten.
 */
export function bounceRoutes({ settings, db, log }: Pick<WebDeps, 'settings' | 'db' | 'log'>): Router {
  const router = Router();
  const { MAIL_BOUNCE_TOKEN: key } = settings;
  if (!key) return router;
  const wanted = digest(`Bearer ${key}`);

  router.post('/mail/bounces', express.text({ type: () => true, limit: '1mb' }), async (req, res) => {
    if (!timingSafeEqual(wanted, digest(req.get('authorization') ?? ''))) {
      log.warn('a delivery report came without its key');
      return void res.status(401).type('text/plain').send('refused');
    }
    const report = readDeliveryReport(typeof req.body === 'string' ? req.body : '');
    if (report?.failed && !(await recordBounce(db, report.messageId, report.status))) {
      await recordLinkBounce(db, report.messageId, report.status);
    }
    res.status(204).end();
  });
  return router;
}

/** Of one length, whatever was sent. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
