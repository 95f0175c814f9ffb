import { type Request, type Response, Router } from 'express';
import { maskPhone } from '../../domain/masking.ts';
import { findCurrentNotice } from '../../store/content/notice.ts';
import { lockActiveAccount } from '../../store/people/account-lock.ts';
import { transmissionsAgreed, withdrawConsents } from '../../store/people/consent.ts';
import { recoveryOf } from '../../store/people/phone-recovery.ts';
import { readPhone, unbindOpenid } from '../../store/people/visitor.ts';
import type { WebDeps } from '../deps.ts';
import { isTicked } from '../form-value.ts';
import { signedIn, whoVisits } from '../visitor/guard.ts';
import { recordVisitor } from '../visitor/recording.ts';
import { agreeToWechat, bindingPath } from '../wechat/binding.ts';
import { freshCodeRoutes, redeemFreshCode, takeFreshCodeState } from './fresh-code.ts';
import { phoneRoutes } from './phone.ts';
import { recoveryRoutes } from './recovery.ts';

/** 我的账号: the phone and the WeChat that belong to it, and what to do when either changes. */
export function accountRoutes(deps: WebDeps): Router {
  const router = Router();
  router.use(freshCodeRoutes(deps), phoneRoutes(deps), recoveryRoutes(deps));

  router.get('/account', signedIn, (req, res) => showAccount(deps, req, res));

  router.post('/account/wechat/unbinding', signedIn, async (req, res) => {
    const problem = await redeemFreshCode(deps, { req, res }, 'unbind');
    if (problem) return showAccount(deps, req, res, { code: problem });
    const { id } = whoVisits(res);
    await deps.db.transaction(async (trx) => {
      if (!(await unbindOpenid(trx, { id, session: req.sessionID }))) return;
      await withdrawConsents(trx, { visitor: id, purpose: 'wechat' });
      await recordVisitor(deps, { req, res }, { action: 'wechat_unbound', subject: { kind: 'visitor', id } }, trx);
    });
    res.redirect(303, bindingPath(deps, req, '/account') ?? '/account');
  });
  /** Messages may go by the WeChat that is bound. An older text is no agreement to this one. */
  router.post('/account/wechat/messages', signedIn, async (req, res) => {
    const notice = await findCurrentNotice(deps.db, 'wechat');
    const { id, bound } = whoVisits(res);
    if (notice && bound && isTicked(req.body, 'messages', notice.id)) {
      await deps.db.transaction(async (trx) => {
        await lockActiveAccount(trx, id, 'account');
        await agreeToWechat(trx, req, id, notice);
        const subject = { kind: 'notice', id: notice.id } as const;
        await recordVisitor(deps, { req, res }, { action: 'consent_given', subject }, trx);
      });
    }
    res.redirect(303, '/account');
  });
  return router;
}

async function showAccount(
  deps: WebDeps,
  req: Request,
  res: Response,
  fields: Record<string, string> = {},
): Promise<void> {
  const { id, bound } = whoVisits(res);
  const [phone, recovery, agreed, notice] = await Promise.all([
    readPhone(deps.db, deps.cipher, id),
    recoveryOf(deps.db, id),
    transmissionsAgreed(deps.db, id),
    findCurrentNotice(deps.db, 'wechat'),
  ]);
  res.locals.path = '/account';
  res.status(fields.code ? 422 : 200).render('account/account', {
    phone: maskPhone(phone ?? ''),
    bound,
    messages: agreed.includes('wechat'),
    notice,
    fields,
    recovery,
    code: takeFreshCodeState(req, 'unbind'),
  });
}
