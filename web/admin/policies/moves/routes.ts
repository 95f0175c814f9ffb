import { type RequestHandler, Router } from 'express';
import type { WebDeps } from '../../../deps.ts';
import { adminOnly, navigation, staffOnly } from '../../../staff/guard.ts';
import { showMovable } from './list.ts';
import { move } from './moving.ts';
import { compare } from './preview.ts';
import { showMoves } from './result.ts';

/** Visits that wait by another version of a policy: chosen, compared, moved, and what became of each. */
export function policyMoveRoutes(deps: WebDeps): Router {
  const router = Router();
  const admin: RequestHandler[] = [staffOnly, adminOnly, navigation(deps)];
  router.get('/admin/policies/:id/visits', admin, showMovable(deps));
  router.post('/admin/policies/:id/visits/comparison', admin, compare(deps));
  router.post('/admin/policies/:id/moves', admin, move(deps));
  router.get('/admin/policies/:id/moves/:batch', admin, showMoves(deps));
  return router;
}
