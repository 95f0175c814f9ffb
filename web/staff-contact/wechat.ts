import { randomBytes, randomUUID } from 'node:crypto';
import { type Request, Router } from 'express';
import type { FieldCipher } from '../../platform/crypto.ts';
import { bindStaffWechat, retryStaffWechat, unbindStaffWechat } from '../../store/messages/staff-contact.ts';
import { openFromSession, sealForSession } from '../../store/people/session-secret.ts';
import type { WebDeps } from '../deps.ts';
import { textOf } from '../form-value.ts';
import { saveSession } from '../middleware/sessions.ts';
import { staffOnly, whoIs } from '../staff/guard.ts';
import { recordAct } from '../staff/recording.ts';

/** What a staff session keeps on the way through WeChat. The openid lies in it sealed. */
declare module 'express-session' {
  interface SessionData {
    staffWechat: { state?: string; person?: { id: string; sealed: string }; until: number };
  }
}

const lifetime = 10 * 60_000;

/**
 * `/staff/wechat`, opened within WeChat: learns whose WeChat it is and leads back to `/staff/me`, where its owner says that it
 * is to be bound. Nothing is bound by opening an address.
 */
export function staffWechatRoutes(deps: WebDeps): Router {
  const { settings, wechat, db, cipher, log } = deps;
  const router = Router();

  router.get('/staff/wechat', staffOnly, async (req, res) => {
    const { code, state } = req.query;
    if (typeof code !== 'string' || typeof state !== 'string') {
      const asked = randomBytes(24).toString('base64url');
      req.session.staffWechat = { state: asked, until: Date.now() + lifetime };
      await saveSession(req);
      return res.redirect(302, wechat.authorizeUrl(`${settings.PUBLIC_URL}/staff/wechat`, asked));
    }
    const asked = req.session.staffWechat;
    delete req.session.staffWechat;
    // Gone before the code is tried: what is answered twice at the same moment is still used once.
    await saveSession(req);
    if (asked?.state !== state || asked.until < Date.now()) return res.redirect(303, '/staff/me?wechat=again');
    const exchanged = await wechat.exchangeCode(code);
    if (!exchanged.ok) {
      log.warn({ fault: exchanged.fault, code: exchanged.errcode }, 'WeChat did not name a member of staff');
      return res.redirect(303, '/staff/me?wechat=again');
    }
    const id = randomUUID();
    const sealed = sealForSession(cipher, { use: 'sess', row: id }, exchanged.openid);
    req.session.staffWechat = { person: { id, sealed }, until: Date.now() + lifetime };
    await saveSession(req);
    res.redirect(303, '/staff/me');
  });

  router.post('/staff/me/wechat', staffOnly, async (req, res) => {
    const openid = waitingOpenid(req, cipher);
    delete req.session.staffWechat;
    await saveSession(req);
    if (openid === undefined || textOf(req.body, 'bind') !== 'yes') return res.redirect(303, '/staff/me');
    const { id } = whoIs(res);
    const bound = await db.transaction(async (trx) => {
      if (!(await bindStaffWechat(trx, deps, id, openid))) return false;
      await recordAct(deps, req, res, { action: 'staff_wechat_bound', subject: { kind: 'staff', id } }, trx);
      return true;
    });
    res.redirect(303, bound ? '/staff/me?saved' : '/staff/me?wechat=taken');
  });

  router.post('/staff/me/wechat/unbinding', staffOnly, async (req, res) => {
    const { id } = whoIs(res);
    await db.transaction(async (trx) => {
      if (!(await unbindStaffWechat(trx, id))) return;
      await recordAct(deps, req, res, { action: 'staff_wechat_unbound', subject: { kind: 'staff', id } }, trx);
    });
    res.redirect(303, '/staff/me?saved');
  });

  /** They follow the account again, or take its messages: nobody tells us of the latter. */
  router.post('/staff/me/wechat/retry', staffOnly, async (_req, res) => {
    await retryStaffWechat(db, whoIs(res).id);
    res.redirect(303, '/staff/me?saved');
  });
  return router;
}

/** The WeChat that this session came by and that its owner has not bound yet. */
export function waitingOpenid(req: Request, cipher: FieldCipher): string | undefined {
  const { person, until = 0 } = req.session.staffWechat ?? {};
  if (!person || until < Date.now()) return undefined;
  return openFromSession(cipher, { use: 'sess', row: person.id }, person.sealed);
}
