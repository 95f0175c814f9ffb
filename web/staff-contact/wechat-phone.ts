import { randomBytes, randomUUID } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import { record } from '../../store/audit/audit.ts';
import { bindStaffWechat } from '../../store/messages/staff-contact.ts';
import { openFromSession, sealForSession } from '../../store/people/session-secret.ts';
import { findWechatCode, takeWechatCode } from '../../store/staff/wechat-code.ts';
import type { WebDeps } from '../deps.ts';
import { textOf } from '../form-value.ts';
import { saveSession } from '../middleware/sessions.ts';
import { addressHash } from '../network.ts';

/** What the phone's browser keeps meanwhile. Nobody is signed in there; the openid lies in it sealed. */
declare module 'express-session' {
  interface SessionData {
    wechatScan: { code: string; state?: string; person?: { id: string; sealed: string }; until: number };
  }
}

const lifetime = 5 * 60_000;
const page = '/staff/wechat/phone';

/**
 * The phone's side of the code on a desktop: WeChat says whose it is, the page says which account asks, and its owner says
 * yes. Nothing is bound by opening an address.
 */
export function wechatPhoneRoutes(deps: WebDeps): Router {
  const { settings, wechat, db, log } = deps;
  const router = Router();

  router.get('/staff/wechat/codes/:token', async (req, res) => {
    const { token } = req.params;
    const code = /^[\w-]{43}$/.test(token) ? await findWechatCode(db, { token }) : undefined;
    if (!code) return show(res.status(404), { state: 'over' });
    const state = randomBytes(24).toString('base64url');
    req.session.wechatScan = { code: code.id, state, until: Date.now() + lifetime };
    req.session.keptAt ??= Date.now();
    await saveSession(req);
    res.redirect(302, wechat.authorizeUrl(settings.PUBLIC_URL + page, state));
  });

  router.get(page, async (req, res) => {
    const { code: answer, state } = req.query;
    if (typeof answer !== 'string' || typeof state !== 'string') return ask(deps, req, res);
    const asked = req.session.wechatScan;
    delete (req.session as Partial<typeof req.session>).wechatScan;
    // Gone before the code is tried: what is answered twice at the same moment is still used once.
    await saveSession(req);
    if (asked?.state !== state || asked.until < Date.now()) return show(res.status(409), { state: 'again' });
    const exchanged = await wechat.exchangeCode(answer);
    if (!exchanged.ok) {
      log.warn({ fault: exchanged.fault, code: exchanged.errcode }, 'WeChat did not name a member of staff');
      return show(res.status(409), { state: 'again' });
    }
    const id = randomUUID();
    const sealed = sealForSession(deps.cipher, { use: 'sess', row: id }, exchanged.openid);
    req.session.wechatScan = { code: asked.code, person: { id, sealed }, until: Date.now() + lifetime };
    await saveSession(req);
    res.redirect(303, page);
  });

  router.post(page, async (req, res) => {
    const scanned = scannedBy(deps, req);
    delete (req.session as Partial<typeof req.session>).wechatScan;
    await saveSession(req);
    if (!scanned) return show(res.status(409), { state: 'over' });
    if (textOf(req.body, 'bind') !== 'yes') return show(res, { state: 'not_bound' });
    const end = await bind(deps, req, scanned);
    show(res.status(end === 'done' ? 200 : 409), { state: end });
  });
  return router;
}

function scannedBy({ cipher }: WebDeps, req: Request): { code: string; openid: string } | undefined {
  const { code, person, until = 0 } = req.session.wechatScan ?? {};
  if (!code || !person || until < Date.now()) return undefined;
  return { code, openid: openFromSession(cipher, { use: 'sess', row: person.id }, person.sealed) };
}

async function ask(deps: WebDeps, req: Request, res: Response): Promise<void> {
  const scanned = scannedBy(deps, req);
  const code = scanned && (await findWechatCode(deps.db, { id: scanned.code }));
  if (!code) return show(res.status(404), { state: 'over' });
  show(res, { state: 'ask', name: code.staff.name });
}

/** Once, while the desktop's session lasts. A WeChat that is somebody else's stays theirs, and the code is spent. */
async function bind(
  deps: WebDeps,
  req: Request,
  { code, openid }: { code: string; openid: string },
): Promise<'done' | 'over' | 'taken'> {
  return deps.db.transaction(async (trx) => {
    const found = await findWechatCode(trx, { id: code });
    if (!found || !(await takeWechatCode(trx, code))) return 'over';
    const { id } = found.staff;
    if (!(await bindStaffWechat(trx, deps, id, openid))) return 'taken';
    await record(trx, {
      actor: { kind: 'staff', id },
      action: 'staff_wechat_bound',
      subject: { kind: 'staff', id },
      detail: { by: 'qr' },
      addressHash: addressHash(deps, req),
      requestId: String(req.id),
    });
    return 'done';
  });
}

interface PhonePage {
  state: 'ask' | 'done' | 'over' | 'again' | 'taken' | 'not_bound';
  name?: string;
}

function show(res: Response, { state, name = '' }: PhonePage): void {
  res.locals.path = page;
  res.render('staff-contact/wechat-phone', { state, name });
}
