import type { RequestHandler } from 'express';
import { isTooOld } from '../../domain/release.ts';
import { AppError } from '../../platform/errors.ts';

/**
 * A page that stayed open while the releases went on asks for parts that are not made for it any more. It says by which
 * release it was drawn; one that is too old is told so, and stands as it was: `xiaomen.js` shows it and loads the page anew.
 *
 * @param own the release of this process
 */
export const pageRelease =
  (own: string): RequestHandler =>
  (req, res, next) => {
    res.locals.release = own;
    if (!isTooOld(req.get('page-release') ?? '', own)) return next();
    res.set('Page-Too-Old', 'true');
    throw new AppError('page_too_old', { status: 409 });
  };
