import { type Request, type Response, Router } from 'express';
import { notFound } from '../../platform/errors.ts';
import { endStaffSessions, longestStaffSession, openStaffSessions } from '../../store/staff/staff-session.ts';
import type { WebDeps } from '../deps.ts';
import { isUuid } from '../is-uuid.ts';
import { endSession, forgetPages } from '../middleware/sessions.ts';
import { navigation, staffOnly, whoIs } from './guard.ts';
import { recordAct } from './recording.ts';

/** One's own sessions: where one is signed in, since when, and the end of each. */
export function sessionRoutes(deps: WebDeps): Router {
  const { db } = deps;
  const router = Router();

  router.get('/staff/sessions', staffOnly, navigation(deps), async (req: Request, res: Response) => {
    res.render('staff/sessions', {
      sessions: await openStaffSessions(db, whoIs(res).id, req.sessionID),
      hours: longestStaffSession,
      passwordSet: 'password-set' in req.query,
    });
  });

  router.post('/staff/sessions/:id/end', staffOnly, async (req, res) => {
    const { id } = req.params;
    if (!isUuid(id)) throw notFound();
    const staff = whoIs(res).id;
    // One that has ended meanwhile has ended.
    const ended = await endStaffSessions(db, { staff, id });
    if (ended > 0) await recordEnd(deps, req, res, ended);
    res.redirect(303, '/staff/sessions');
  });

  /** Ends this and every other session of the same person, on every device where one was left open. */
  router.post('/staff/sessions/revocation', staffOnly, async (req, res) => {
    await recordEnd(deps, req, res, await endStaffSessions(db, { staff: whoIs(res).id }));
    await endSession(req);
    forgetPages(res).redirect(303, '/staff/login?signed-out');
  });
  return router;
}

async function recordEnd(deps: WebDeps, req: Request, res: Response, ended: number): Promise<void> {
  const subject = { kind: 'staff', id: whoIs(res).id } as const;
  await recordAct(deps, req, res, { action: 'staff_sessions_revoked', subject, detail: { ended } });
}
