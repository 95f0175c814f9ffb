import type { RequestHandler, Response } from 'express';
import type { Database } from '../../platform/db.ts';
import { getUniversity, type University } from '../../store/content/content.ts';
import { logoPath } from '../logo.ts';
import { speak } from './language.ts';

/** Whose house this is: name and logo come from rows, kept for a few seconds. */
export function house(db: Database): RequestHandler {
  return async (req, res, next) => {
    const university = await getUniversity(db);
    furnish(res, req.originalUrl, university);
    next();
  };
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
