import { type RequestHandler, Router } from 'express';
import { cookieName, cookieOptions, readCookie } from '../cookies.ts';
import { isTicked, textOf } from '../form-value.ts';
import { ownPath } from '../own-path.ts';

/**
 * 关怀版, care mode (工信部 "互联网网站适老化通用设计规范"): large type, large targets, wide lines. A choice of the browser,
 * remembered for a year; it needs no account and no script.
 */
export function care(publicUrl: string): RequestHandler {
  const cookie = cookieName('care', publicUrl);
  return (req, res, next) => {
    res.locals.care = readCookie(req.headers.cookie, cookie) === 'on';
    next();
  };
}

export function careRoutes(publicUrl: string): Router {
  const router = Router();
  router.post('/care', (req, res) => {
    const cookie = cookieName('care', publicUrl);
    const options = cookieOptions(publicUrl);
    if (isTicked(req.body, 'care', 'on')) res.cookie(cookie, 'on', { ...options, maxAge: 365 * 24 * 3600_000 });
    else res.clearCookie(cookie, options);
    res.redirect(303, ownPath(textOf(req.body, 'return')));
  });
  return router;
}
