import { type Request, type Response, Router } from 'express';
import { createOidc, type OidcAsked } from '../../../platform/oidc.ts';
import type { WebDeps } from '../../deps.ts';
import { ownPath } from '../../own-path.ts';
import { whoIs } from '../guard.ts';
import { keepAsked, mayAsk, takeAsked } from './asked.ts';
import { comeIn } from './coming-in.ts';
import { identitiesPage, linkOwn, mayLink, toBeginning } from './linking.ts';
import { toLoginWith } from './ways.ts';

/** `/staff/oidc`: to the university's OpenID Connect, back to `/staff/oidc/callback`, and out at `/staff/oidc/end`. */
export function oidcRoutes(deps: WebDeps): Router {
  const { settings, log } = deps;
  const router = Router();
  const provider = createOidc(settings);
  if (!provider) return router;
  const callback = `${settings.PUBLIC_URL}/staff/oidc/callback`;

  router.get('/staff/oidc', mayAsk(deps), async (req, res) => {
    const back = ownPath(req.query.return, '/staff');
    if (req.session.staff) return res.redirect(303, back);
    const begun = await provider.begin(callback);
    if (!begun) {
      log.warn({ provider: 'oidc', fault: 'away' }, 'the university’s sign-in cannot be reached');
      return toLoginWith(res, 'away', back);
    }
    await keepAsked(deps, req, { secrets: begun.asked, back });
    res.redirect(303, begun.url);
  });

  router.get(`${identitiesPage}/oidc`, mayLink('oidc'), mayAsk(deps), async (req: Request, res: Response) => {
    const asked = { back: identitiesPage, link: whoIs(res).id };
    // Who sits there now, and not who was signed in there before.
    const begun = await provider.begin(callback, { afresh: true });
    if (!begun) return toBeginning(res, 'away', asked);
    await keepAsked(deps, req, { secrets: begun.asked, ...asked });
    res.redirect(303, begun.url);
  });

  router.get('/staff/oidc/callback', async (req, res) => {
    const asked = await takeAsked<OidcAsked>(deps, req);
    if (!asked) return toLoginWith(res, 'again');
    const query = req.originalUrl.slice(req.originalUrl.indexOf('?') + 1);
    const answer = await provider.redeem(new URL(`${callback}?${query}`), asked.secrets);
    if (!answer.ok) {
      log.warn({ provider: 'oidc', fault: answer.why, code: answer.code }, 'the university named nobody');
      return toBeginning(res, answer.why, asked);
    }
    const named = { ...answer.person, university: { by: 'oidc' } } as const;
    if (asked.link) return linkOwn(deps, { req, res }, named, asked.link);
    await comeIn(deps, { req, res }, named, asked.back);
  });

  router.get('/staff/oidc/end', async (_req, res) => {
    res.redirect(303, (await provider.endUrl(`${settings.PUBLIC_URL}/staff/login`)) ?? '/staff/login?signed-out');
  });
  return router;
}
