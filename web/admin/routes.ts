import { type Request, type RequestHandler, type Response, Router } from 'express';
import type { WebDeps } from '../deps.ts';
import { adminOnly, navigation, staffOnly } from '../staff/guard.ts';
import { showFaults } from './faults.ts';
import { listReservations, searchFor } from './list.ts';
import { decideOnRecovery, showRecoveries } from './recoveries.ts';
import { showReservation, unmaskForReservation } from './reservation.ts';

/** The admin's side: find a reservation, see all that happened to it, see what is at fault. */
export function adminRoutes(deps: WebDeps): Router {
  const router = Router();
  const admin: RequestHandler[] = [staffOnly, adminOnly, navigation(deps)];
  router.get('/admin', admin, (_req: Request, res: Response) => {
    res.redirect(303, '/admin/reservations');
  });
  router.get('/admin/reservations', admin, listReservations(deps));
  /** A search is posted: what is searched for is personal and belongs in no address. */
  router.post('/admin/reservations/searches', admin, searchFor(deps));
  router.get('/admin/reservations/:id', admin, showReservation(deps));
  router.post('/admin/reservations/:id/unmasking', admin, unmaskForReservation(deps));
  router.get('/admin/recoveries', admin, showRecoveries(deps));
  router.post('/admin/recoveries/:id/decision', admin, decideOnRecovery(deps));
  router.get('/admin/faults', admin, showFaults(deps));
  return router;
}
