import type { RequestHandler, Response } from 'express';
import { minute } from '../../domain/time.ts';
import type { WebSettings } from '../../platform/config.ts';
import type { Staff } from '../../store/staff/staff.ts';
import type { WebDeps } from '../deps.ts';
import { findSignedIn } from './guard.ts';

/** What somebody has to do before anything else: choose a password of their own, set up their second factor. */

/** How long a code of the second factor counts where it is asked for again. */
const freshFor = 10 * minute;

/** Admins, and those who may see whole document numbers; in a demo nobody, unless its settings say so. */
export function needsSecondFactor(
  { XIAOMEN_MODE, STAFF_SECOND_FACTOR }: Pick<WebSettings, 'XIAOMEN_MODE' | 'STAFF_SECOND_FACTOR'>,
  staff: Pick<Staff, 'isAdmin' | 'mayUnmask'>,
): boolean {
  const required = STAFF_SECOND_FACTOR ?? (XIAOMEN_MODE === 'demo' ? 'optional' : 'required');
  return required === 'required' && (staff.isAdmin || staff.mayUnmask);
}

const passwordPage = '/staff/password';
const factorPage = '/staff/second-factor';
/** Coming in and going out. */
const always = /^\/staff\/(login|forgotten|sign-out|links)(\/|$)/;

export function dueFirst({ settings }: WebDeps): RequestHandler {
  return (req, res, next) => {
    const staff = findSignedIn(req);
    if (!staff) return next();
    const { provedAt = 0 } = req.session;
    res.locals.asksForCode = staff.secondFactor && Date.now() - provedAt > freshFor;
    const page = staff.mustChangePassword
      ? passwordPage
      : !staff.secondFactor && needsSecondFactor(settings, staff)
        ? factorPage
        : undefined;
    const path = req.baseUrl + req.path;
    if (!page || path.startsWith(page) || always.test(path)) return next();
    if (req.get('hx-request')) res.set('HX-Redirect', page).status(204).end();
    else res.redirect(303, page);
  };
}

/** Whether the code of the second factor has to be shown once more, for what is worth most. */
export const asksForCode = (res: Response): boolean => res.locals.asksForCode === true;
