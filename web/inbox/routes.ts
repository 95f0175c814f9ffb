import { type RequestHandler, Router } from 'express';
import type { WebDeps } from '../deps.ts';
import { navigation, staffOnly } from '../staff/guard.ts';
import { decideTask } from './decision.ts';
import { showInbox } from './list.ts';
import { showTask } from './task.ts';
import { unmaskForTask } from './unmasking.ts';

/** The approver's side: what waits, what was asked, the decision. */
export function inboxRoutes(deps: WebDeps): Router {
  const router = Router();
  const staff: RequestHandler[] = [staffOnly, navigation(deps)];
  router.get('/inbox', staff, showInbox(deps));
  router.get('/inbox/:taskId', staff, showTask(deps));
  router.post('/inbox/:taskId/decision', staff, decideTask(deps));
  router.post('/inbox/:taskId/unmasking', staff, unmaskForTask(deps));
  return router;
}
