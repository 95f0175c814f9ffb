import type { Request, RequestHandler, Response } from 'express';
import { notThisAccount } from '../../platform/errors.ts';
import { countFaults } from '../../store/office/fault.ts';
import type { Staff } from '../../store/staff/staff.ts';
import type { WebDeps } from '../deps.ts';
import type { Side } from '../kept-form/keeping.ts';
import { endSession, staffOfSession } from '../middleware/sessions.ts';
import { temporalUiPath } from '../temporal-ui/path.ts';
import { sectionsOf } from './sections.ts';
import './session.ts';

/** Nobody who is not signed in as staff comes further; they are shown the login and led back afterwards. */
export const staffOnly: RequestHandler = async (req, res, next) => {
  const staff = findSignedIn(req);
  if (!staff) {
    if (req.session.staff) await endSession(req);
    return toLogin(req, res);
  }
  res.locals.staff = staff;
  next();
};

/** The staff member of this session, unless they have left since. */
export function findSignedIn(req: Request): Staff | undefined {
  return req.session.staff ? staffOfSession(req)?.staff : undefined;
}

/** How the forms of staff are kept when a session ends. */
export const staffSide: Side = { who: (req) => findSignedIn(req)?.id, login: '/staff/login' };

/** After `staffOnly`. For everybody else the admin's pages do not exist; they are offered another account. */
export const adminOnly: RequestHandler = (_req, res, next) => {
  if (!whoIs(res).isAdmin) throw notThisAccount();
  next();
};

/** After `staffOnly`: who reads what happened, and changes nothing. */
export const auditorToo: RequestHandler = (_req, res, next) => {
  const { isAdmin, roles } = whoIs(res);
  if (!isAdmin && !roles.includes('auditor')) throw notThisAccount();
  next();
};

/** After `staffOnly`: the security desk's own pages. */
export const securityOnly: RequestHandler = (_req, res, next) => {
  if (!whoIs(res).roles.includes('security')) throw notThisAccount();
  next();
};

/** After `staffOnly`: what the navigation shows: counts, and the engine's pages where there are any. */
export function navigation(deps: WebDeps): RequestHandler {
  return async (req, res, next) => {
    await fillNavigation(deps, req, res);
    next();
  };
}

export async function fillNavigation({ db, settings }: WebDeps, req: Request, res: Response): Promise<void> {
  const { isAdmin } = whoIs(res);
  res.locals.sections = sectionsOf(whoIs(res));
  res.locals.counts = { waiting: staffOfSession(req)?.waiting ?? 0, faults: isAdmin ? await countFaults(db) : 0 };
  res.locals.byUniversity = Boolean(settings.OIDC_ISSUER ?? settings.CAS_URL);
  res.locals.engineHome = isAdmin && settings.TEMPORAL_UI_URL ? `${temporalUiPath}/` : undefined;
}

/** The staff member that `staffOnly` let in. */
export function whoIs(res: Response): Staff {
  return res.locals.staff;
}

function toLogin(req: Request, res: Response): void {
  const loginFor = (path: string) => `/staff/login?return=${encodeURIComponent(path)}`;
  // htmx follows a redirect inside the page; the whole page has to go, and comes back to where it stands.
  if (req.get('hx-request'))
    res
      .set('HX-Redirect', loginFor(pageOf(req)))
      .status(204)
      .end();
  else res.redirect(303, req.method === 'GET' ? loginFor(req.originalUrl) : '/staff/login');
}

/** The page that a part was asked for from, as htmx says. Where that leads is looked at after the login. */
function pageOf(req: Request): string {
  const url = req.get('hx-current-url') ?? '';
  if (!URL.canParse(url)) return '/staff';
  const { pathname, search } = new URL(url);
  return pathname + search;
}
