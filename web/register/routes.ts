import { type Request, type Response, Router } from 'express';
import { checkPhone } from '../../domain/phone.ts';
import { tooMany } from '../../platform/errors.ts';
import { currentNotice } from '../../store/content/notice.ts';
import { takeAttempt } from '../../store/people/attempt.ts';
import { redeemCode } from '../../store/people/phone-code.ts';
import type { WebDeps } from '../deps.ts';
import { codeTyped, isTicked, textOf } from '../form-value.ts';
import { waitsAt } from '../kept-form/keeping.ts';
import { endSession, forgetPages, renewSession, saveSession } from '../middleware/sessions.ts';
import { addressKey } from '../network.ts';
import { ownPath } from '../own-path.ts';
import { recordVisitor } from '../visitor/recording.ts';
import { bindingPath } from '../wechat/binding.ts';
import { pendingBack, pendingOpenid } from '../wechat/routes.ts';
import { openAgain } from './again.ts';
import { takeChallenge } from './challenge.ts';
import { type Entered, enterByPhone } from './entering.ts';
import { idleRoutes, rememberIdle } from './idle.ts';
import { showRegister } from './page.ts';
import { limitOf, needsChallenge, sendCode } from './sending.ts';
import { codeOwner } from './session.ts';

/** Tries of codes from one address, over all phones. */
const codeTries = [{ most: 60, seconds: 3600 }];

/** `/register`, which is also the login. */
export function registerRoutes(deps: WebDeps): Router {
  const router = Router();

  router.get('/register', async (req, res) => {
    if (res.locals.visitor) return res.redirect(303, afterEntering(deps, req, ownPath(req.query.return)));
    await showRegister(deps, req, res);
  });

  router.post('/register/code', async (req, res) => {
    const checked = checkPhone(textOf(req.body, 'phone'));
    if (!checked.ok) return showRegister(deps, req, res, { status: 422, fields: { phone: checked.problem } });
    if (await needsChallenge(deps, req, checked.phone)) {
      const answer = textOf(req.body, 'challenge');
      const right = takeChallenge(req, answer);
      const problem = answer ? 'field.challenge_wrong' : 'field.challenge_empty';
      if (!right) return showRegister(deps, req, res, { status: 422, fields: { challenge: problem } });
    }
    const sending = await sendCode(deps, req, checked.phone);
    if (sending.result === 'limited') {
      res.set('Retry-After', String(sending.wait));
      return showRegister(deps, req, res, { status: 429, problem: limitOf(sending) });
    }
    if (sending.result === 'failed') {
      return showRegister(deps, req, res, { status: 503, problem: { key: sending.problem } });
    }
    req.session.codesSent = (req.session.codesSent ?? 0) + 1;
    req.session.keptAt ??= Date.now();
    await showRegister(deps, req, res, { sent: true });
  });

  router.post('/register', (req, res) => register(deps, req, res));

  router.post('/sign-out', async (req, res) => {
    const { visitor } = req.session;
    if (visitor) {
      await recordVisitor(
        deps,
        { req, res },
        { visitor, action: 'visitor_signed_out', subject: { kind: 'visitor', id: visitor } },
      );
    }
    const { joining } = req.session;
    if (joining && textOf(req.body, 'return') === '/join') return leaveForInvitation(req, res, joining);
    const next = ownPath(textOf(req.body, 'return'), '');
    if (!waitsAt(req, next)) {
      await endSession(req);
      return forgetPages(res).redirect(303, '/register');
    }
    await renewSession(req);
    forgetPages(res).redirect(303, `/register?return=${encodeURIComponent(next)}`);
  });

  router.use(
    idleRoutes(deps, {
      enter: (req, res, entered, back) => enter(deps, req, res, entered, back),
      goOn: (req, res, back) => res.redirect(303, afterEntering(deps, req, back)),
    }),
  );
  return router;
}

/** The invited number is another one: nothing goes along to it but the invitation that this browser came by. */
async function leaveForInvitation(req: Request, res: Response, joining: string): Promise<void> {
  delete req.session.keptForm;
  await renewSession(req, { joining });
  res.redirect(303, `/register?return=${encodeURIComponent('/join')}`);
}

async function register(deps: WebDeps, req: Request, res: Response): Promise<void> {
  const { db, index, cipher } = deps;
  const checked = checkPhone(textOf(req.body, 'phone'));
  const code = codeTyped(req.body);
  const terms = await currentNotice(db, 'terms');
  const fields: Record<string, string> = {};
  if (!checked.ok) fields.phone = checked.problem;
  if (code === '') fields.code = 'field.code_empty';
  // Agreeing to an older text is no agreement to this one.
  if (!isTicked(req.body, 'agree', terms.id)) fields.agree = 'field.agreement_needed';
  if (!checked.ok || Object.keys(fields).length > 0) return showRegister(deps, req, res, { status: 422, fields });

  const wait = await takeAttempt(db, [{ kind: 'code_try', key: addressKey(deps, req), limits: codeTries }]);
  if (wait > 0) throw tooMany(wait);
  const { phone } = checked;
  const back = () => ownPath(textOf(req.body, 'return'), pendingBack(req));
  const cameBy = await redeemCode(db, index, codeOwner(deps, req, phone), code);
  if (!cameBy) {
    if (await openAgain(deps, req, { phone, code })) {
      return res.redirect(303, req.session.idle ? '/register/earlier' : afterEntering(deps, req, back()));
    }
    return showRegister(deps, req, res, { status: 422, fields: { code: 'field.code_wrong' } });
  }
  const entered = await enterByPhone(deps, { req, res }, { phone, terms, openid: pendingOpenid(req, cipher) });
  req.session.cameBy = cameBy;
  await enter(deps, req, res, entered, back(), phone);
}

/** Signs in under a new session id, and leads on. An idle account is asked about first. */
async function enter(
  deps: WebDeps,
  req: Request,
  res: Response,
  entered: Entered,
  back: string,
  phone = '',
): Promise<void> {
  if ('idle' in entered) {
    // The phone is proved from here on: a person who knew this session's id before must not go on in it.
    const { cookie: _, ...kept } = req.session;
    await renewSession(req, kept);
    rememberIdle(deps, req, { visitor: entered.idle, phone, back });
    await saveSession(req);
    return res.redirect(303, '/register/earlier');
  }
  const { wechat, channel, joining, visitInvitation, cameBy, settled } = req.session;
  await renewSession(req, {
    visitor: entered.visitor,
    ...(wechat ? { wechat } : {}),
    ...(channel ? { channel } : {}),
    ...(joining ? { joining } : {}),
    ...(visitInvitation ? { visitInvitation } : {}),
    ...(cameBy ? { cameBy } : {}),
    ...(settled ? { settled } : {}),
  });
  await saveSession(req);
  // The answer is not awaited by anybody: the relay would bring it too.
  if (entered.start) await deps.delivery.deliver(entered.start, 1_500);
  res.redirect(303, afterEntering(deps, req, back));
}

/** A person whom WeChat named is asked whether to bind; everybody else goes on. */
const afterEntering = (deps: WebDeps, req: Request, back: string): string => bindingPath(deps, req, back) ?? back;
