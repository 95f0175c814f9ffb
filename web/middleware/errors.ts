import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { AppError, notFound, unavailable } from '../../platform/errors.ts';
import type { Translate } from '../../platform/i18n.ts';
import { isUnavailable } from '../../platform/unavailable.ts';
import type { WebDeps } from '../deps.ts';
import { staffFrame } from '../staff/error-frame.ts';
import { formAgain } from './form-again.ts';
import { houseWithoutRows } from './house.ts';

/** Statuses with a page of their own: what happened, and what to do next. */
const drawn = [400, 403, 404, 409, 413, 422, 429, 500, 503];
/** Statuses at which staff are told something else than visitors. */
const drawnForStaff = [403, 404, 500];
/** Pages of staff, and the links in their mails. */
const ofStaff = /^\/(staff|inbox|security|admin|codec|t)(\/|$)/;

export const nothingHere: RequestHandler = () => {
  throw notFound();
};

/**
 * The one place where an error becomes an answer: a page, within the frame of staff for whoever is signed in as staff, or a
 * fragment where htmx asked.
 */
export const errorPage =
  (deps: WebDeps): ErrorRequestHandler =>
  async (error: unknown, req, res, _next) => {
    const known = asAppError(error);
    res.err = known.status >= 500 && error instanceof Error ? error : undefined;
    if (res.headersSent) {
      res.destroy();
      return;
    }
    houseWithoutRows(res);
    res.status(known.status).vary('HX-Request');
    if (known.status === 503) res.set('Retry-After', '5');
    const isStaffs = ofStaff.test(req.path);
    const kind = drawn.includes(known.status) ? known.status : known.status < 500 ? 400 : 500;
    const next = isStaffs && drawnForStaff.includes(kind) ? `page.next_staff_${kind}` : `page.next_${kind}`;
    const locals = {
      kind,
      sentence: sentence(res, known),
      next: res.locals.t(next),
      home: isStaffs ? '/inbox' : '/',
      anew: known.code === 'page_too_old',
    };
    if (req.get('hx-request')) return res.render('errors/fragment', locals);
    // Where a part does not answer, nothing more is asked of it.
    const frame = isStaffs && known.status < 500 ? await staffFrame(deps, req, res) : undefined;
    const page = { ...locals, ...frame, frame };
    if (known.code === 'not_this_account') return res.render('errors/other-account', { ...page, ...wayBack(req, res) });
    if (known.code === 'form_of_another') return res.render('errors/form-of-another', { ...page, isStaffs });
    const again = known.status === 503 || known.code === 'form_not_kept' ? await formAgain(req, res) : undefined;
    const words = again && (known.status === 503 ? 'page.next_again' : 'page.next_not_kept');
    res.render('errors/page', { ...page, again, againWords: words });
  };

/** Who is signed in, and where somebody else goes on. What was posted is not posted again. */
const wayBack = (req: Request, res: Response) => ({
  account: res.locals.staff.name,
  leadsTo: req.method === 'GET' ? req.originalUrl : undefined,
});

function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (isUnavailable(error)) return unavailable(error);
  // body-parser and the router speak in statuses.
  const status = typeof error === 'object' && error !== null && 'status' in error ? Number(error.status) : 500;
  if (status === 413) return new AppError('too_large', { status: 413 });
  if (status >= 400 && status < 500) return new AppError('bad_request', { status: 400 });
  return new AppError('internal', { status: 500 });
}

function sentence(res: Response, error: AppError): string {
  const t: Translate = res.locals.t;
  return t(`error.${error.code}`, error.params);
}
