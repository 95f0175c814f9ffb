import { Router, urlencoded } from 'express';
import { readLogoutRequest } from '../../../platform/cas.ts';
import { record } from '../../../store/audit/audit.ts';
import { endSessionsOfTicket } from '../../../store/staff/staff-session.ts';
import type { WebDeps } from '../../deps.ts';
import { textOf } from '../../form-value.ts';

/**
 * `POST /staff/cas/callback`: CAS says that somebody signed out there. Machines only; the ticket by which they came in, which
 * nobody else knows, is what lets it end their session and no other.
 */
export function casLogoutRoutes({
  settings,
  db,
  index,
  log,
}: Pick<WebDeps, 'settings' | 'db' | 'index' | 'log'>): Router {
  const router = Router();
  if (!settings.CAS_URL) return router;
  const form = urlencoded({ extended: false, limit: '32kb', parameterLimit: 10 });

  router.post('/staff/cas/callback', form, async (req, res) => {
    const ticket = readLogoutRequest(textOf(req.body, 'logoutRequest'));
    if (!ticket) return void res.status(400).type('text/plain').send('no request to sign out');
    const hashes = index.hash('cas_ticket', ticket).every.map((hash) => hash.toString('hex'));
    const ended = await db.transaction(async (trx) => {
      const staff = await endSessionsOfTicket(trx, hashes);
      for (const id of staff) {
        const subject = { kind: 'staff', id } as const;
        const detail = { by: 'cas' };
        await record(trx, { actor: { kind: 'system' }, action: 'staff_signed_out', subject, detail });
      }
      return staff.length;
    });
    log.info({ provider: 'cas', count: ended }, 'the university signed somebody out');
    // A ticket that is over or unknown is answered the same.
    res.status(200).type('text/plain').send('');
  });
  return router;
}
