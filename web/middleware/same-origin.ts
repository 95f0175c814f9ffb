import type { RequestHandler } from 'express';
import { AppError } from '../../platform/errors.ts';

const safe = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses a state change that another site caused: `Sec-Fetch-Site` decides; browsers that send none
 * (iOS before 16.4, plain http on a LAN) are judged by `Origin` against PUBLIC_URL; with neither, refused.
 * @param exempt paths that partners call with a signature of their own.
 */
export function sameOrigin(publicUrl: string, exempt: readonly string[]): RequestHandler {
  const own = new URL(publicUrl).origin;
  return (req, _res, next) => {
    if (safe.has(req.method) || exempt.includes(req.path)) return next();
    const site = req.get('sec-fetch-site');
    const allowed = site === undefined ? req.get('origin') === own : site === 'same-origin';
    if (!allowed) throw new AppError('cross_site', { status: 403 });
    next();
  };
}
