import { type Request, type Response, Router } from 'express';
import { takeAttempt } from '../../store/people/attempt.ts';
import { type CodePurpose, codePurposes, redeemCode } from '../../store/people/phone-code.ts';
import { readPhone } from '../../store/people/visitor.ts';
import type { WebDeps } from '../deps.ts';
import { codeTyped, textOf } from '../form-value.ts';
import { saveSession } from '../middleware/sessions.ts';
import { addressKey } from '../network.ts';
import { ownPath } from '../own-path.ts';
import { limitOf, sendCode } from '../register/sending.ts';
import { codeOwner } from '../register/session.ts';
import { signedIn, whoVisits } from '../visitor/guard.ts';

/**
 * A fresh code to one's own phone, for what must not happen because a phone was left unlocked. A page includes
 * `account/fresh-code`; its button posts to `/account/codes`, which leads back to the page; the page's own action calls
 * `redeemFreshCode`.
 */

declare module 'express-session' {
  interface SessionData {
    /** The result of the last request for a fresh code, shown once. */
    freshCode: { purpose: CodePurpose; sent: boolean; problem?: string; params?: Record<string, number> };
  }
}

/** Tries of codes from one address. */
const tries = [{ most: 30, seconds: 3600 }];

export function freshCodeRoutes(deps: WebDeps): Router {
  const router = Router();
  router.post('/account/codes', signedIn, async (req, res) => {
    const purpose = codePurposes.find((known) => known === textOf(req.body, 'purpose')) ?? 'login';
    const phone = await readPhone(deps.db, deps.cipher, whoVisits(res).id);
    req.session.freshCode = phone
      ? { purpose, ...(await ask(deps, req, phone, purpose)) }
      : { purpose, sent: false, problem: 'error.sms_refused' };
    await saveSession(req);
    res.redirect(303, ownPath(textOf(req.body, 'back'), '/account'));
  });
  return router;
}

async function ask(deps: WebDeps, req: Request, phone: string, purpose: CodePurpose) {
  const sending = await sendCode(deps, req, phone, purpose);
  if (sending.result === 'sent') return { sent: true };
  if (sending.result === 'failed') return { sent: false, problem: sending.problem };
  const { key, params } = limitOf(sending);
  return { sent: false, problem: key, params };
}

/** The result of the request, for the page that follows; told once. */
export function takeFreshCodeState(req: Request, purpose: CodePurpose) {
  const state = req.session.freshCode;
  if (state?.purpose !== purpose) return undefined;
  delete req.session.freshCode;
  return state;
}

/** @returns undefined when the code was right; else the catalogue key of what is wrong, for the field `code` */
export async function redeemFreshCode(
  deps: WebDeps,
  { req, res }: { req: Request; res: Response },
  purpose: CodePurpose,
): Promise<string | undefined> {
  const typed = codeTyped(req.body);
  if (typed === '') return 'field.code_empty';
  const wait = await takeAttempt(deps.db, [{ kind: 'fresh_code_try', key: addressKey(deps, req), limits: tries }]);
  if (wait > 0) return 'field.code_wrong';
  const phone = await readPhone(deps.db, deps.cipher, whoVisits(res).id);
  const owner = phone && codeOwner(deps, req, phone, purpose);
  const right = owner && (await redeemCode(deps.db, deps.index, owner, typed));
  return right ? undefined : 'field.code_wrong';
}
