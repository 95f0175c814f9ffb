import { type RequestHandler, Router } from 'express';
import type { WebDeps } from '../deps.ts';
import { navigation, securityOnly, staffOnly } from '../staff/guard.ts';
import { completeAtDesk, showEmergencies } from './emergencies.ts';
import { markSafe, showEvacuation, startEvacuation } from './evacuation.ts';
import { showInside } from './inside.ts';
import { searchDesk, showDesk } from './list.ts';
import { noteCashAtDesk, notePayoutAtDesk, revokeAtDesk, showDeskVisit } from './visit.ts';

/** The security desk: today's visits at its campus, who is there, and the end of a visit. */
export function securityRoutes(deps: WebDeps): Router {
  const router = Router();
  const security: RequestHandler[] = [staffOnly, securityOnly, navigation(deps)];
  router.get('/security', security, showDesk(deps));
  /** A search is posted: what is searched for is personal and belongs in no address. */
  router.post('/security/searches', security, searchDesk(deps));
  router.get('/security/inside', security, showInside(deps));
  /** Whole names, for the moment in which everybody has to be found. */
  router.post('/security/evacuations', security, startEvacuation(deps));
  router.get('/security/evacuations/:id', security, showEvacuation(deps));
  router.post('/security/evacuations/:id/marks', security, markSafe(deps));
  router.get('/security/emergencies', security, showEmergencies(deps));
  router.post('/security/emergencies/:id/completion', security, completeAtDesk(deps));
  router.get('/security/visits/:id', security, showDeskVisit(deps));
  router.post('/security/visits/:id/revocation', security, revokeAtDesk(deps));
  router.post('/security/visits/:id/cash', security, noteCashAtDesk(deps));
  router.post('/security/visits/:id/payouts', security, notePayoutAtDesk(deps));
  return router;
}
