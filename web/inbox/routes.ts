import { type RequestHandler, Router } from 'express';
import type { WebDeps } from '../deps.ts';
import { navigation, staffOnly } from '../staff/guard.ts';
import { answerTask } from './answering.ts';
import { answers } from './answers/index.ts';
import { claim, release } from './claiming.ts';
import { comment } from './commenting.ts';
import { dropInboxFilter, keepInboxFilter } from './filters.ts';
import { showInbox, showNews } from './list.ts';
import { showTaskPhoto } from './photo.ts';
import { revokeFromTask } from './revoking.ts';
import { searchInbox } from './search.ts';
import { showTask } from './task.ts';
import { unmaskForTask } from './unmasking.ts';

/** The approver's side: the list of tasks, a task's page, the answers. */
export function inboxRoutes(deps: WebDeps): Router {
  const router = Router();
  const staff: RequestHandler[] = [staffOnly, navigation(deps)];
  router.get('/inbox', staff, showInbox(deps));
  router.get('/inbox/news', staff, showNews(deps));
  router.post('/inbox/searches', staff, searchInbox(deps));
  router.post('/inbox/filters', staff, keepInboxFilter(deps));
  router.post('/inbox/filters/:id/removal', staff, dropInboxFilter(deps));
  router.get('/inbox/:taskId', staff, showTask(deps));
  router.get('/inbox/:taskId/photos/:id', staff, showTaskPhoto(deps));
  for (const verb of answers) router.post(`/inbox/:taskId/${verb.path}`, staff, answerTask(deps, verb));
  router.post('/inbox/:taskId/revocation', staff, revokeFromTask(deps));
  router.post('/inbox/:taskId/claims', staff, claim(deps));
  router.post('/inbox/:taskId/claims/release', staff, release(deps));
  router.post('/inbox/:taskId/comments', staff, comment(deps));
  router.post('/inbox/:taskId/unmasking', staff, unmaskForTask(deps));
  return router;
}
