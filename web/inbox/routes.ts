import { type RequestHandler, Router } from 'express';
import type { WebDeps } from '../deps.ts';
import { navigation, staffOnly } from '../staff/guard.ts';
import { answerTask } from './answering.ts';
import { answers } from './answers/index.ts';
import { claim, release } from './claiming.ts';
import { comment } from './commenting.ts';
import { chooseInboxFilter, dropInboxFilter } from './filters.ts';
import { showLate } from './late.ts';
import { showInbox, showNews } from './list.ts';
import { showTaskPhoto } from './photo.ts';
import { revokeFromTask } from './revoking.ts';
import { searchInbox } from './search.ts';
import { showTask } from './task.ts';
import { unmaskForTask } from './unmasking.ts';

/** The approver's side: the list of tasks. */
export function inboxRoutes(deps: WebDeps): Router {
  const router = Router();
  const staff: RequestHandler[] = [staffOnly, navigation(deps)];
  router.get('/inbox', staff, showInbox(deps));
  router.get('/inbox/news', staff, showNews(deps));
  router.post('/inbox/searches', staff, searchInbox(deps));
  router.post('/inbox/filters', staff, chooseInboxFilter(deps));
  router.post('/inbox/filters/:id/removal', staff, dropInboxFilter(deps));
  router.use(taskRoutes(deps, staff));
  return router;
}

/** A task's page, and what is sent from it. */
function taskRoutes(deps: WebDeps, staff: RequestHandler[]): Router {
  const router = Router();
  router.get('/inbox/:taskId', staff, showTask(deps));
  router.get('/inbox/:taskId/photos/:id', staff, showTaskPhoto(deps));
  const forms = { revocation: revokeFromTask, claims: claim, 'claims/release': release, comments: comment };
  for (const verb of answers) router.post(`/inbox/:taskId/${verb.path}`, staff, answerTask(deps, verb));
  for (const [name, take] of Object.entries(forms)) router.post(`/inbox/:taskId/${name}`, staff, take(deps));
  router.post('/inbox/:taskId/unmasking', staff, unmaskForTask(deps));
  router.use(showLate);
  return router;
}
