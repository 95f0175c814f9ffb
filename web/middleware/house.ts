import type { Request, RequestHandler, Response } from 'express';
import type { Database } from '../../platform/db.ts';
import { getUniversity, type University } from '../../store/content/content.ts';
import { logoPath } from '../logo.ts';
import { ownPath } from '../own-path.ts';
import { speak } from './language.ts';

/** Whose house this is: name and logo come from rows, kept for a few seconds. */
export function house(db: Database): RequestHandler {
  return async (req, res, next) => {
    const university = await getUniversity(db);
    furnish(res, placeOf(req), university);
    next();
  };
}

/** Where the page stands: the answer to a form stands where the form stood, never at the address that takes it. */
function placeOf(req: Request): string {
  if (req.method === 'GET' || req.method === 'HEAD') return req.originalUrl;
  const came = req.get('referer') ?? '';
  const before = URL.canParse(came) && new URL(came).host === req.get('host') ? new URL(came) : undefined;
  const place = before && before.pathname !== req.path ? before.pathname + before.search : '/';
  return ownPath(place);
}

function furnish(res: Response, path: string, university: University): void {
  Object.assign(res.locals, {
    university,
    path,
    logo: logoPath(university.logoSvg),
  });
}

const unnamed: University = {
  version: 0,
  name: { 'zh-CN': '校门', en: 'Xiaomen' },
  accountName: '',
  logoSvg: '',
};

/** An error page must be drawn even when the rows cannot be read. */
export function houseWithoutRows(res: Response): void {
  if (!res.locals.t) speak(res, 'zh-CN');
  if (!res.locals.university) furnish(res, '/', unnamed);
}
