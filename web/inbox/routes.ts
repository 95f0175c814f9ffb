import { type RequestHandler, Router } from 'express';
import type { WebDeps } from '../deps.ts';
import { navigation, staffOnly } from '../staff/guard.ts';
import { decideTask } from './decision.ts';
import { showInbox } from './list.ts';
import { showTaskPhoto } from './photo.ts';
import { proposeTime } from './proposal.ts';
import { returnTask } from './return.ts';
import { showTask } from './task.ts';
import { unmaskForTask } from './unmasking.ts';

/** The approver's side: what waits, what was asked, the decision. */
export function inboxRoutes(deps: WebDeps): Router {
  const router = Router();
  const staff: RequestHandler[] = [staffOnly, navigation(deps)];
  router.get('/inbox', staff, showInbox(deps));
  router.get('/inbox/:taskId', staff, showTask(deps));
  router.get('/inbox/:taskId/photos/:id', staff, showTaskPhoto(deps));
  router.post('/inbox/:taskId/decision', staff, decideTask(deps));
  router.post('/inbox/:taskId/return', staff, returnTask(deps));
  router.post('/inbox/:taskId/proposal', staff, proposeTime(deps));
  router.post('/inbox/:taskId/unmasking', staff, unmaskForTask(deps));
  return router;
}
