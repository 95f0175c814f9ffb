import { type RequestHandler, Router, urlencoded } from 'express';
import { adminOnly, staffOnly } from './staff/guard.ts';
import { signedIn } from './visitor/guard.ts';

/**
 * Forms as they are sent. What a few of them need beyond an ordinary one is read from those alone who may send it: anybody
 * else is led to the login, or told that there is nothing, before a byte is taken apart.
 *
 * @param visitor reads the visitor's session. That of staff is read already.
 */
export function bodies(visitor: RequestHandler[]): Router {
  const router = Router();
  // A group's ticks are more than any other form's fields, and its corrected sheet is longer.
  const group = [
    ...['/companions/choice', '/companions/search'],
    ...['/reservations/:id/changes', '/reservations/:id/changes/companions'],
  ];
  router.post(group, visitor, signedIn, urlencoded({ extended: false, parameterLimit: 1_200 }));
  const sheet = urlencoded({ extended: false, limit: '400kb', parameterLimit: 4 });
  router.post('/companions/group/marked', visitor, signedIn, sheet);
  // A notice in two languages is longer than what visitors type.
  const text = urlencoded({ extended: false, limit: '400kb', parameterLimit: 60 });
  router.post('/admin/content/*path', staffOnly, adminOnly, text);
  router.use(urlencoded({ extended: false, limit: '32kb', parameterLimit: 60 }));
  return router;
}
