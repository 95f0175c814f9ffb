import type { Request, RequestHandler, Response } from 'express';
import { hour } from '../../domain/time.ts';
import type { ConsentChannel } from '../../store/people/consent.ts';
import { noteVisit, type Visitor } from '../../store/people/visitor.ts';
import type { WebDeps } from '../deps.ts';
import type { Side } from '../kept-form/keeping.ts';
import { visitorOfSession } from '../middleware/sessions.ts';

/** Reads the signed-in visitor, if there is one, into `res.locals.visitor`. A visitor whose account has ended is signed out. */
export function knowVisitor({ db }: Pick<WebDeps, 'db'>): RequestHandler {
  return async (req, res, next) => {
    const { visitor: id } = req.session;
    if (id) {
      const visitor = visitorOfSession(req)?.visitor;
      if (!visitor) delete req.session.visitor;
      else {
        res.locals.visitor = visitor;
        const { lang } = res.locals;
        if (visitor.language !== lang || Date.now() - visitor.seenAt.getTime() > hour) await noteVisit(db, id, lang);
      }
    }
    next();
  };
}

/** The visitor that `signedIn` let in. */
export const whoVisits = (res: Response): Visitor => res.locals.visitor;

/** How the forms of visitors are kept when a session ends. */
export const visitorSide: Side = { who: (_req, res) => res.locals.visitor?.id, login: '/register' };

/** Nobody comes further without having proved a phone; afterwards they are led back. */
export const signedIn: RequestHandler = (req, res, next) => {
  if (res.locals.visitor) return next();
  const back = req.method === 'GET' ? `?return=${encodeURIComponent(req.originalUrl)}` : '';
  goTo(req, res, `/register${back}`);
};

/** Without 同意 to the notice as it reads now, nothing further opens. */
export const agreed: RequestHandler = (req, res, next) => {
  if (whoVisits(res).consent) return next();
  goTo(req, res, '/consent');
};

/** Nothing is reserved for a person without a profile, nor for a child before a guardian has agreed. */
export const complete: RequestHandler = (req, res, next) => {
  const { person } = whoVisits(res);
  if (person && !person.needsGuardian) return next();
  goTo(req, res, person ? guardianStep : '/profile');
};

/** Where a guardian agrees for the child whose account this is. */
export const guardianStep = '/guardians/new?for=person';

/** htmx follows a redirect inside the page; the whole page has to go. */
function goTo(req: Request, res: Response, path: string): void {
  if (req.get('hx-request')) res.set('HX-Redirect', path).status(204).end();
  else res.redirect(303, path);
}

/** How the visitor came in, for consents: WeChat's own browser says so too. */
export function channelOf(req: Request): ConsentChannel {
  if (req.session.channel) return req.session.channel;
  return /MicroMessenger/i.test(req.get('user-agent') ?? '') ? 'wechat' : 'browser';
}
