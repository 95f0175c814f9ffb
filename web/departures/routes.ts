import { type RequestHandler, Router } from 'express';
import type { WebDeps } from '../deps.ts';
import { navigation, staffOnly } from '../staff/guard.ts';
import { answerDeparture, showDeparture } from './departure.ts';

/** Whether visitors who were not seen leaving have left: asked of their host, and of the security desk. */
export function departureRoutes(deps: WebDeps): Router {
  const router = Router();
  const staff: RequestHandler[] = [staffOnly, navigation(deps)];
  router.get('/staff/visits/:id/departure', staff, showDeparture(deps));
  router.post('/staff/visits/:id/departure', staff, answerDeparture(deps));
  return router;
}
