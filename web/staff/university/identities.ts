import { type Request, type RequestHandler, type Response, Router } from 'express';
import { isIssuer, unlinkIdentity, waysIn } from '../../../store/staff/identity.ts';
import { endSessionsBy } from '../../../store/staff/staff-session.ts';
import type { WebDeps } from '../../deps.ts';
import { textOf } from '../../form-value.ts';
import { endSession } from '../../middleware/sessions.ts';
import { navigation, staffOnly, whoIs } from '../guard.ts';
import { proofAsked, proveAgain } from '../proving.ts';
import { recordAct } from '../recording.ts';
import { allowLinking, identitiesPage, linkingProblems, linkingWay } from './linking.ts';
import { issuerOf, signInsOf, waysOf } from './ways.ts';

/** `/staff/identities`: one's own account and who one is at the university, linked and unlinked by its owner. */
export function identityRoutes(deps: WebDeps): Router {
  const { db, settings } = deps;
  const router = Router();

  router.get(identitiesPage, staffOnly, navigation(deps), async (req: Request, res: Response) => {
    const problem = linkingProblems.find((one) => one === req.query.problem);
    const done = ['linked', 'unlinked'].find((one) => one in req.query);
    await show(deps, req, res, { problem: problem && `staff.identities.problem.${problem}`, done });
  });

  for (const way of waysOf(settings)) {
    router.post(`${identitiesPage}/${way}`, provedAgain(deps), async (req: Request, res: Response) => {
      await allowLinking(req, way);
      res.redirect(303, identitiesPage);
    });
  }

  router.post(`${identitiesPage}/removal`, provedAgain(deps), async (req: Request, res: Response) => {
    const way = waysOf(settings).find((one) => one === textOf(req.body, 'way'));
    if (!way) return res.redirect(303, identitiesPage);
    const { id } = whoIs(res);
    const { issuers } = signInsOf(settings);
    const unlinked = await db.transaction(async (trx) => {
      const done = await unlinkIdentity(trx, { staff: id, issuer: issuerOf(settings, way), issuers });
      if (done !== 'unlinked') return done;
      await endSessionsBy(trx, { staff: id, by: way });
      const subject = { kind: 'staff', id } as const;
      const detail = { by: way, own: true };
      await recordAct(deps, req, res, { action: 'staff_identity_removed', subject, detail }, trx);
      return done;
    });
    if (unlinked === 'last') return show(deps, req, res.status(409), { problem: 'staff.identities.problem.last' });
    // This session came by what lets nobody in any more.
    if (unlinked === 'unlinked' && req.session.university?.by === way) {
      await endSession(req);
      return res.redirect(303, '/staff/login?signed-out');
    }
    res.redirect(303, `${identitiesPage}?unlinked`);
  });
  return router;
}

/** At the head of what changes who may come in: signed in, and shown once more. */
function provedAgain(deps: WebDeps): RequestHandler[] {
  const prove: RequestHandler = async (req, res, next) => {
    const proof = proofAsked(req, res, await waysIn(deps.db, whoIs(res).id));
    const wrong = await proveAgain(deps, req, res, proof);
    if (!wrong) return next();
    const { sign_in: problem, ...fields } = wrong;
    await show(deps, req, res.status(422), { fields, problem });
  };
  return [staffOnly, navigation(deps), prove];
}

interface IdentitiesPage {
  fields?: Record<string, string>;
  /** A sentence's key. */
  problem?: string | undefined;
  done?: string | undefined;
}

async function show(
  { db, settings }: WebDeps,
  req: Request,
  res: Response,
  { fields = {}, problem, done }: IdentitiesPage,
): Promise<void> {
  const { hasPassword, identities } = await waysIn(db, whoIs(res).id);
  const lines = waysOf(settings).map((way) => {
    const issuer = issuerOf(settings, way);
    return { way, issuer, since: identities.find((one) => isIssuer(one.issuer, issuer))?.since };
  });
  res.locals.path = identitiesPage;
  res.render('staff/identities', {
    lines,
    onward: linkingWay(req),
    fields,
    problem,
    done,
    proof: proofAsked(req, res, { hasPassword }),
  });
}
