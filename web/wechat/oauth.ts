import { type Request, type Response, Router } from 'express';
import { AppError, unavailable } from '../../platform/errors.ts';
import type { WechatFailure } from '../../platform/wechat.ts';
import { recogniseWechat } from '../../store/people/wechat-visitor.ts';
import type { WebDeps } from '../deps.ts';
import { renewSession, saveSession } from '../middleware/sessions.ts';
import { ownPath } from '../own-path.ts';
import { askState, rememberPerson, takeState } from './session.ts';

type Deps = Pick<WebDeps, 'settings' | 'db' | 'cipher' | 'index' | 'wechat' | 'log'>;

/** A code that was used before or died of age is started again quietly, twice at most. */
const mostRestarts = 2;

/**
 * `GET /wechat/oauth`: without a code, sends the browser to WeChat; with one, learns who it is. A known openid signs
 * in under a new session id; an unknown one is remembered, and /register asks for the phone to bind it to.
 */
export function oauthRoutes(deps: Deps): Router {
  const router = Router();
  router.get('/wechat/oauth', async (req, res) => {
    const { code, state } = req.query;
    if (typeof state !== 'string' || typeof code !== 'string' || code === '') {
      return begin(deps, req, res, ownPath(req.query.return));
    }
    await comeBack(deps, req, res, { code, state });
  });
  return router;
}

async function begin({ wechat, settings }: Deps, req: Request, res: Response, back: string): Promise<void> {
  const state = askState(req, back);
  await saveSession(req);
  const target = wechat.authorizeUrl(`${settings.PUBLIC_URL}/wechat/oauth`, state);
  // A fragment request cannot follow a redirect to another origin.
  if (req.get('hx-request')) res.set('HX-Redirect', target).status(204).end();
  else res.redirect(302, target);
}

async function comeBack(
  deps: Deps,
  req: Request,
  res: Response,
  { code, state }: { code: string; state: string },
): Promise<void> {
  const asked = takeState(req, state);
  if (!asked) return restart(deps, req, res, '/');
  // Gone before the code is tried: what is answered twice at the same moment is still used once.
  await saveSession(req);
  const exchanged = await deps.wechat.exchangeCode(code);
  if (!exchanged.ok) {
    if (exchanged.fault === 'used_code' || exchanged.fault === 'bad_code') return restart(deps, req, res, asked.back);
    throw refusal(deps, exchanged);
  }
  const visitor = await recogniseWechat(deps.db, deps.index, exchanged.openid, String(req.id));
  if (visitor) {
    const { joining, visitInvitation } = req.session;
    await renewSession(req, {
      visitor,
      channel: 'wechat',
      ...(joining ? { joining } : {}),
      ...(visitInvitation ? { visitInvitation } : {}),
    });
    await saveSession(req);
    return res.redirect(303, asked.back);
  }
  // A person who knew this browser's session id until now must not be the one who binds that WeChat identity.
  const { cookie: _, ...kept } = req.session;
  await renewSession(req, { ...kept, channel: 'wechat' });
  rememberPerson(req, deps.cipher, exchanged.openid, asked.back);
  delete req.session.wechat?.restarts;
  await saveSession(req);
  res.redirect(303, '/register');
}

/** A link that was answered before, or belongs to another browser. The new round can only name this browser's own person. */
async function restart(deps: Deps, req: Request, res: Response, back: string): Promise<void> {
  const { wechat } = req.session;
  const restarts = wechat?.restarts ?? 0;
  // A browser that keeps no cookie would go round for ever: only one that brought its session back may.
  if (!wechat || restarts >= mostRestarts) throw new AppError('wechat_state', { status: 400 });
  req.session.wechat = { ...wechat, restarts: restarts + 1 };
  return begin(deps, req, res, back);
}

function refusal({ log }: Deps, failure: WechatFailure): AppError {
  log.warn({ fault: failure.fault, code: failure.errcode, retry: failure.retry }, 'WeChat did not name a person');
  if (failure.fault === 'snapshot') return new AppError('wechat_snapshot', { status: 403 });
  if (failure.retry) return new AppError('wechat_unavailable', { status: 503, cause: unavailable() });
  return new AppError('wechat_refused', { status: 503 });
}
