import { type Request, type RequestHandler, type Response, Router } from 'express';
import type { WebDeps } from '../deps.ts';
import { adminOnly, auditorToo, navigation, staffOnly } from '../staff/guard.ts';
import { showAudit } from './audit.ts';
import { answerOneDataRequest, showDataRequests } from './data-requests.ts';
import { showFaults } from './faults.ts';
import { listReservations, searchFor } from './list.ts';
import { decideOnRecovery, showRecoveries } from './recoveries.ts';
import { revokeReservation, showReservation, unmaskForReservation } from './reservation.ts';

/** The admin's side: find a reservation, see all that happened to it, see what is at fault. */
export function adminRoutes(deps: WebDeps): Router {
  const router = Router();
  const admin: RequestHandler[] = [staffOnly, adminOnly, navigation(deps)];
  /** Auditors read what admins do, and change nothing. */
  const reader: RequestHandler[] = [staffOnly, auditorToo, navigation(deps)];
  router.get('/admin/reservations', reader, listReservations(deps));
  /** A search is posted: what is searched for is personal and belongs in no address. */
  router.post('/admin/reservations/searches', reader, searchFor(deps));
  router.get('/admin/reservations/:id', reader, showReservation(deps));
  router.post('/admin/reservations/:id/revocation', admin, revokeReservation(deps));
  router.post('/admin/reservations/:id/unmasking', admin, unmaskForReservation(deps));
  router.get('/admin', reader, (_req: Request, res: Response) => {
    res.redirect(303, '/admin/reservations');
  });
  router.get('/admin/audit', reader, showAudit(deps));
  router.get('/admin/recoveries', admin, showRecoveries(deps));
  router.post('/admin/recoveries/:id/decision', admin, decideOnRecovery(deps));
  router.get('/admin/data-requests', admin, showDataRequests(deps));
  router.post('/admin/data-requests/:id/answer', admin, answerOneDataRequest(deps));
  router.get('/admin/faults', admin, showFaults(deps));
  return router;
}
