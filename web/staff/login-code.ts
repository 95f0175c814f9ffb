import { type Request, type Response, Router } from 'express';
import { minute } from '../../domain/time.ts';
import { AppError } from '../../platform/errors.ts';
import { record } from '../../store/audit/audit.ts';
import type { WebDeps } from '../deps.ts';
import { textOf } from '../form-value.ts';
import { addressHash } from '../network.ts';
import { ownPath } from '../own-path.ts';
import { checkCode } from './code.ts';
import { signIn } from './signing-in.ts';
import './session.ts';

/** After the right password somebody with a second factor has so long to show it. */
const patience = 10 * minute;

/** `/staff/login/code`: the second half of a login. Nobody is signed in before it. */
export function loginCodeRoutes(deps: WebDeps): Router {
  const router = Router();
  const show = (res: Response, back: unknown, page: { fields?: Record<string, string>; problem?: string } = {}) => {
    const next = ownPath(back, '/staff');
    res.locals.path = `/staff/login/code?return=${encodeURIComponent(next)}`;
    res.render('staff/login-code', { leadsTo: next, fields: {}, problem: undefined, ...page });
  };

  router.get('/staff/login/code', (req, res) => {
    if (!whoPassed(req)) return res.redirect(303, '/staff/login');
    show(res, req.query.return);
  });

  router.post('/staff/login/code', async (req, res) => {
    const staff = whoPassed(req);
    if (!staff) return res.redirect(303, '/staff/login');
    const back = textOf(req.body, 'return');
    try {
      const wrong = await checkCode(deps, req, staff);
      if (wrong) {
        if (wrong !== 'field.code_empty') await recordCode(req, 'staff_sign_in_refused', staff);
        return show(res.status(422), back, { fields: { code: wrong } });
      }
    } catch (error) {
      if (!(error instanceof AppError) || error.status !== 429) throw error;
      return show(res.status(429), back, { problem: res.locals.t('error.too_many', error.params) });
    }
    const { university } = req.session;
    const proved = { staff, provedAt: Date.now(), ...(university && { university }) };
    if (!(await signIn(deps, req, proved))) return res.redirect(303, '/staff/login');
    await recordCode(req, 'staff_signed_in', staff);
    res.redirect(303, ownPath(back, '/staff'));
  });

  async function recordCode(req: Request, action: 'staff_signed_in' | 'staff_sign_in_refused', staff: string) {
    await record(deps.db, {
      actor: action === 'staff_signed_in' ? { kind: 'staff', id: staff } : { kind: 'anonymous' },
      action,
      subject: { kind: 'staff', id: staff },
      detail: { by: 'second_factor' },
      addressHash: addressHash(deps, req),
      requestId: String(req.id),
    });
  }
  return router;
}

function whoPassed({ session: { passed } }: Request): string | undefined {
  return passed && Date.now() - passed.at < patience ? passed.staff : undefined;
}
