import { type Request, type RequestHandler, type Response, Router } from 'express';
import QRCode from 'qrcode';
import { staffContact } from '../../store/messages/staff-contact.ts';
import { openToShow, sealToShow } from '../../store/people/session-secret.ts';
import { findWechatCode, makeWechatCode } from '../../store/staff/wechat-code.ts';
import type { WebDeps } from '../deps.ts';
import { saveSession } from '../middleware/sessions.ts';
import { navigation, staffOnly, whoIs } from '../staff/guard.ts';

declare module 'express-session' {
  interface SessionData {
    /** The address behind the code on the screen, sealed: the page may be looked at again while it is good. */
    wechatCode: string;
  }
}

const page = '/staff/wechat/code';
const use = 'code to bind a WeChat';

/** `/staff/wechat/code`: a QR code on the desktop, which the phone's WeChat opens, for the account that is signed in here. */
export function wechatCodeRoutes(deps: WebDeps): Router {
  const { db, cipher, settings } = deps;
  const router = Router();
  const own: RequestHandler[] = [staffOnly, navigation(deps)];

  router.post(page, own, async (req: Request, res: Response) => {
    const token = await db.transaction((trx) => makeWechatCode(trx, { staff: whoIs(res).id, sid: req.sessionID }));
    req.session.wechatCode = sealToShow(cipher, use, `${settings.PUBLIC_URL}/staff/wechat/codes/${token}`);
    await saveSession(req);
    res.redirect(303, page);
  });

  router.get(page, own, async (req: Request, res: Response) => {
    const { wechatCode } = req.session;
    const { wechatSince, name } = await staffContact(db, cipher, whoIs(res).id);
    const code = wechatSince ? undefined : await findWechatCode(db, { sid: req.sessionID });
    const address = code && wechatCode && openToShow(cipher, use, wechatCode);
    res.locals.path = page;
    res.render('staff-contact/wechat-code', {
      name,
      wechatSince,
      expiresAt: code?.expiresAt,
      qr: address && (await QRCode.toString(address, { type: 'svg', margin: 2 })),
    });
  });

  /** Asked every few seconds by the page above: whether the phone has answered, or the time is over. */
  router.get(`${page}/news`, staffOnly, async (req, res) => {
    const isGood = await findWechatCode(db, { sid: req.sessionID });
    if (!isGood) res.set('HX-Redirect', page);
    res.status(204).end();
  });
  return router;
}
