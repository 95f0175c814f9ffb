import { Router } from 'express';
import type { WebDeps } from '../deps.ts';
import { bookRoutes } from './book.ts';
import { detailRoutes } from './details.ts';
import { groupRoutes } from './group.ts';
import { invitationRoutes } from './inviting.ts';
import { joinRoutes } from './joining.ts';
import { selectionRoutes } from './selection.ts';

/** 同行访客: the lead's own book, the choice of companions, and how a person joins by an account of their own. */
export function companionRoutes(deps: WebDeps): Router {
  const router = Router();
  router.use(
    selectionRoutes(deps),
    groupRoutes(deps),
    invitationRoutes(deps),
    bookRoutes(deps),
    detailRoutes(deps),
    joinRoutes(deps),
  );
  return router;
}
