import { type RequestHandler, Router, urlencoded } from 'express';
import type { WebDeps } from './deps.ts';
import { mayKeep, type Side } from './kept-form/keeping.ts';
import { adminOnly, staffOnly, staffSide } from './staff/guard.ts';
import { signedIn, visitorSide } from './visitor/guard.ts';

/**
 * Forms as they are sent. What a few of them need beyond an ordinary one is read from those alone who may send it: anybody
 * else is led to the login, or told that there is nothing, before a byte is taken apart – but for a form whose session ended
 * while it was filled: that is read a few times an hour from one address, to be kept.
 *
 * @param visitor reads the visitor's session. That of staff is read already.
 */
export function bodies(deps: WebDeps, visitor: RequestHandler[]): Router {
  const router = Router();
  // A group's ticks are more than any other form's fields, and its corrected sheet is longer.
  const ticks = urlencoded({ extended: false, parameterLimit: 1_200 });
  const group = [
    '/companions/choice',
    '/companions/search',
    '/reservations/:id/changes',
    '/reservations/:id/changes/companions',
  ];
  router.post(group, visitor, keepable(deps, visitorSide, ticks), signedIn, ticks);
  const sheet = urlencoded({ extended: false, limit: '400kb', parameterLimit: 4 });
  router.post('/companions/group/marked', visitor, signedIn, sheet);
  router.post('/admin/staff/imports/confirmation', staffOnly, adminOnly, sheet);
  // A notice in two languages is longer than what visitors type.
  const text = urlencoded({ extended: false, limit: '400kb', parameterLimit: 60 });
  router.post('/admin/content/*path', keepable(deps, staffSide, text), staffOnly, adminOnly, text);
  router.use(urlencoded({ extended: false, limit: '32kb', parameterLimit: 60 }));
  return router;
}

/** A form sent without a session is read before the guards, within limits: `keepForms` keeps it, or leads to the login. */
const keepable =
  (deps: WebDeps, side: Side, parse: RequestHandler): RequestHandler =>
  async (req, res, next) => {
    if (side.who(req, res) || !(await mayKeep(deps, req, res))) return next();
    // A body that cannot be read is not kept: on to the guards.
    parse(req, res, (error?: unknown) => next(error ? undefined : 'route'));
  };
