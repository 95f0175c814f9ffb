import { Router } from 'express';
import { maskPhone } from '../../domain/masking.ts';
import { bindOpenid, readPhone } from '../../store/visitor.ts';
import type { WebDeps } from '../deps.ts';
import { textOf } from '../form-value.ts';
import { saveSession } from '../middleware/sessions.ts';
import { ownPath } from '../own-path.ts';
import { signedIn, whoVisits } from '../visitor/guard.ts';
import { recordVisitor } from '../visitor/recording.ts';
import { forgetPerson, pendingOpenid } from './routes.ts';

/** `/wechat/binding`: shows whose phone would be bound to the WeChat in this hand, and asks. */
export function bindingRoutes(deps: WebDeps): Router {
  const { db, cipher } = deps;
  const router = Router();

  router.get('/wechat/binding', signedIn, async (req, res) => {
    const back = ownPath(req.query.return);
    if (pendingOpenid(req, cipher) === undefined) return res.redirect(303, back);
    const { id, bound } = whoVisits(res);
    const phone = await readPhone(db, cipher, id);
    res.render('wechat/binding', { phone: phone ? maskPhone(phone) : '', bound, onward: back });
  });

  router.post('/wechat/binding', signedIn, async (req, res) => {
    const openid = pendingOpenid(req, cipher);
    const { id } = whoVisits(res);
    if (openid !== undefined && textOf(req.body, 'bind') === 'yes') {
      await db.transaction(async (trx) => {
        await bindOpenid(trx, deps, id, openid);
        await recordVisitor(deps, { req, res }, { action: 'wechat_bound', subject: { kind: 'visitor', id } }, trx);
      });
    }
    forgetPerson(req);
    await saveSession(req);
    res.redirect(303, ownPath(textOf(req.body, 'return')));
  });
  return router;
}
