import { type RequestHandler, Router } from 'express';
import { findByLink, isForAnother } from '../../store/api/invitation.ts';
import type { WebDeps } from '../deps.ts';
import { saveSession } from '../middleware/sessions.ts';
import { agreed, complete, signedIn, whoVisits } from '../visitor/guard.ts';
import { invitationOver, readInvited } from './invited-visit.ts';

/**
 * `/invitations/<link>`: somebody was invited to a visit by another system of the university. Their phone, their agreement, their
 * details, each on the usual page; then the form, filled in.
 */
export function invitedRoutes(deps: WebDeps): Router {
  const router = Router();

  router.get('/invitations/:token', async (req, res) => {
    const { token } = req.params;
    const invitation = /^[\w-]{43}$/.test(token) ? await findByLink(deps.db, token) : undefined;
    if (!invitation) return invitationOver(res);
    req.session.visitInvitation = invitation;
    req.session.keptAt ??= Date.now();
    await saveSession(req);
    res.redirect(303, '/invitation');
  });

  router.get('/invitation', signedIn, ofTheirs(deps), agreed, complete, async (req, res) => {
    const invited = await readInvited(deps, res, req.session.visitInvitation);
    if (!invited) {
      delete req.session.visitInvitation;
      return invitationOver(res);
    }
    res.redirect(303, `/reservations/new?channel=${invited.channel}&invitation=${invited.id}`);
  });
  return router;
}

/** Before anything else is asked of somebody whose number it is not for. Which number that is, nobody reads here. */
const ofTheirs =
  ({ db, cipher }: WebDeps): RequestHandler =>
  async (req, res, next) => {
    const id = req.session.visitInvitation;
    const isOthers = id !== undefined && (await isForAnother(db, cipher, { id, visitor: whoVisits(res).id }));
    if (!isOthers) return next();
    delete req.session.visitInvitation;
    invitationOver(res, 'other_number');
  };
