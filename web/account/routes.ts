import { type Request, type Response, Router } from 'express';
import { maskPhone } from '../../domain/masking.ts';
import { recoveryOf } from '../../store/people/phone-recovery.ts';
import { readPhone, unbindOpenid } from '../../store/people/visitor.ts';
import type { WebDeps } from '../deps.ts';
import { signedIn, whoVisits } from '../visitor/guard.ts';
import { recordVisitor } from '../visitor/recording.ts';
import { bindingPath } from '../wechat/binding.ts';
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
      await recordVisitor(deps, { req, res }, { action: 'wechat_unbound', subject: { kind: 'visitor', id } }, trx);
    });
    res.redirect(303, bindingPath(deps, req, '/account') ?? '/account');
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
  const [phone, recovery] = await Promise.all([readPhone(deps.db, deps.cipher, id), recoveryOf(deps.db, id)]);
  res.locals.path = '/account';
  res.status(fields.code ? 422 : 200).render('account/account', {
    phone: maskPhone(phone ?? ''),
    bound,
    fields,
    recovery,
    code: takeFreshCodeState(req, 'unbind'),
  });
}
