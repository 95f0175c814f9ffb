import { type RequestHandler, Router } from 'express';
import { unavailable } from '../platform/errors.ts';
import { care } from './care/routes.ts';
import type { WebDeps } from './deps.ts';
import { language } from './middleware/language.ts';

/** A process that started without its database does not know yet whether its keys are the right ones: come back soon. */
export function untilKeysFit({ keysFit, settings }: Pick<WebDeps, 'keysFit' | 'settings'>): RequestHandler {
  const closed = Router();
  closed.use(language(settings.PUBLIC_URL), care(settings.PUBLIC_URL), () => {
    throw unavailable(new Error('The database is not there yet'));
  });
  return (req, res, next) => (keysFit() ? next() : closed(req, res, next));
}
