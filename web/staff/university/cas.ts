import { randomBytes } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import { createCas, isTicket } from '../../../platform/cas.ts';
import type { WebDeps } from '../../deps.ts';
import { ownPath } from '../../own-path.ts';
import { whoIs } from '../guard.ts';
import { keepAsked, mayAsk, takeAsked } from './asked.ts';
import { comeIn } from './coming-in.ts';
import { identitiesPage, linkOwn, mayLink, toBeginning } from './linking.ts';

/**
 * `/staff/cas`: to the university's CAS, back to `/staff/cas/callback`, and out at `/staff/cas/end`. CAS has no state of its
 * own: ours is part of the service's address, to which a ticket is bound, so that nobody signs another browser in by theirs.
 */
export function casRoutes(deps: WebDeps): Router {
  const { settings, index, log } = deps;
  const router = Router();
  const server = createCas(settings);
  if (!server) return router;
  const serviceOf = (state: string) => `${settings.PUBLIC_URL}/staff/cas/callback?state=${state}`;

  router.get('/staff/cas', mayAsk(deps), async (req, res) => {
    const back = ownPath(req.query.return, '/staff');
    if (req.session.staff) return res.redirect(303, back);
    const state = randomBytes(32).toString('base64url');
    await keepAsked(deps, req, { secrets: { state }, back });
    res.redirect(303, server.loginUrl(serviceOf(state)));
  });

  router.get(`${identitiesPage}/cas`, mayLink('cas'), mayAsk(deps), async (req: Request, res: Response) => {
    const state = randomBytes(32).toString('base64url');
    await keepAsked(deps, req, { secrets: { state }, back: identitiesPage, link: whoIs(res).id });
    // Who sits there now, and not who was signed in there before.
    res.redirect(303, server.loginUrl(serviceOf(state), { afresh: true }));
  });

  router.get('/staff/cas/callback', async (req, res) => {
    const asked = await takeAsked<{ state: string }>(deps, req);
    const { state, ticket } = req.query;
    if (!asked || asked.secrets.state !== state) return toBeginning(res, 'again', asked ?? {});
    if (!isTicket(ticket)) return toBeginning(res, 'refused', asked);
    const afresh = asked.link !== undefined;
    const answer = await server.validate(serviceOf(asked.secrets.state), ticket, { afresh });
    if (!answer.ok) {
      log.warn({ provider: 'cas', fault: answer.why, code: answer.code }, 'the university named nobody');
      return toBeginning(res, answer.why, asked);
    }
    const kept = index('cas_ticket', ticket).toString('hex');
    const named = { ...answer.person, university: { by: 'cas', ticket: kept } } as const;
    if (asked.link) return linkOwn(deps, { req, res }, named, asked.link);
    await comeIn(deps, { req, res }, named, asked.back);
  });

  router.get('/staff/cas/end', (_req, res) => {
    res.redirect(303, server.logoutUrl(`${settings.PUBLIC_URL}/staff/login`));
  });
  return router;
}
