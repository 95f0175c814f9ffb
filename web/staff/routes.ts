import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { normaliseUsername } from '../../domain/username.ts';
import { tooMany } from '../../platform/errors.ts';
import { record } from '../../store/audit/audit.ts';
import { forgetLoginTries, takeLoginTry } from '../../store/staff/login-limit.ts';
import { departmentsOfStaff, verifyLogin } from '../../store/staff/staff.ts';
import { mails } from '../admin/staff/address.ts';
import type { WebDeps } from '../deps.ts';
import { textOf } from '../form-value.ts';
import { waitsAt } from '../kept-form/keeping.ts';
import { endSession, forgetPages, renewSession } from '../middleware/sessions.ts';
import { addressHash, addressKey } from '../network.ts';
import { ownPath } from '../own-path.ts';
import { forgottenRoutes } from './forgotten.ts';
import { staffOnly, whoIs } from './guard.ts';
import { loginCodeRoutes } from './login-code.ts';
import { passwordRoutes } from './password.ts';
import { recordAct } from './recording.ts';
import { secondFactorRoutes } from './second-factor.ts';
import { sessionRoutes } from './sessions.ts';
import { signIn } from './signing-in.ts';
import { casRoutes } from './university/cas.ts';
import { identityRoutes } from './university/identities.ts';
import { oidcRoutes } from './university/oidc.ts';
import { problemOf, waysOf } from './university/ways.ts';

/** A value that is not one text counts as empty. */
const loginForm = z.object({
  username: z.string().catch('').transform(normaliseUsername),
  password: z.string().catch(''),
  return: z.unknown().optional(),
});

/** Coming in and going out, for approvers and admins. */
export function staffRoutes(deps: WebDeps): Router {
  const { db, settings, index } = deps;
  const router = Router();
  router.use('/staff', (_req, res, next) => {
    // Whether somebody who has forgotten their password is offered a link.
    res.locals.mailsLinks = mails(settings);
    next();
  });
  router.use(
    passwordRoutes(deps),
    forgottenRoutes(deps),
    sessionRoutes(deps),
    secondFactorRoutes(deps),
    loginCodeRoutes(deps),
    oidcRoutes(deps),
    casRoutes(deps),
    identityRoutes(deps),
  );
  const ways = waysOf(settings);
  router.get('/staff/login', (req, res) => {
    if (req.session.staff) return res.redirect(303, ownPath(req.query.return, '/staff'));
    showLogin(res, ways, {
      back: req.query.return,
      signedOut: 'signed-out' in req.query,
      cameBy: ways.find((way) => way === req.query.by),
      passwordSet: 'password-set' in req.query,
      problem: problemOf(res, req.query.university),
    });
  });

  router.post('/staff/login', async (req, res) => {
    const form = loginForm.parse(req.body ?? {});
    const shown = { username: textOf(req.body, 'username').slice(0, 64), back: form.return };
    const fields = {
      ...(form.username ? {} : { username: 'field.username_empty' }),
      ...(form.password ? {} : { password: 'field.password_empty' }),
    };
    if (Object.keys(fields).length > 0) return showLogin(res.status(422), ways, { ...shown, fields });

    const keys = { account: index.hash('staff_login', form.username), address: addressKey(deps, req) };
    const wait = await takeLoginTry(db, keys);
    if (wait > 0) {
      res.set('Retry-After', String(wait)).status(429);
      return showLogin(res, ways, { ...shown, problem: res.locals.t('error.too_many', tooMany(wait).params) });
    }
    const login = await verifyLogin(db, form, { demo: settings.XIAOMEN_MODE === 'demo' });
    if (!login.ok) {
      await recordLogin(req, 'staff_sign_in_refused', login.account);
      return showLogin(res.status(422), ways, { ...shown, fields: { password: 'field.login_wrong' } });
    }
    await forgetLoginTries(db, keys.account);
    if (login.staff.secondFactor) {
      await renewSession(req, { passed: { staff: login.staff.id, at: Date.now() } });
      return res.redirect(303, `/staff/login/code?return=${encodeURIComponent(ownPath(form.return, '/staff'))}`);
    }
    const signedIn = await signIn(deps, req, { staff: login.staff.id, hash: login.hash });
    if (!signedIn) return res.redirect(303, '/staff/login');
    await recordLogin(req, 'staff_signed_in', login.staff.id);
    res.redirect(303, ownPath(form.return, '/staff'));
  });

  /** Where a staff member's work is. */
  router.get('/staff', staffOnly, async (_req, res) => {
    const staff = whoIs(res);
    const approves = (await departmentsOfStaff(db, staff.id)).length > 0;
    const reads = staff.isAdmin || (staff.roles.length > 0 && staff.roles.every((role) => role === 'auditor'));
    const elsewhere = reads ? '/admin/reservations' : staff.roles.includes('security') ? '/security' : '/inbox';
    res.redirect(303, approves ? '/inbox' : elsewhere);
  });

  router.post('/staff/sign-out', staffOnly, async (req, res) => {
    await recordAct(deps, req, res, { action: 'staff_signed_out', subject: { kind: 'staff', id: whoIs(res).id } });
    const by = req.session.university?.by;
    // A person who goes on as somebody else is led to where they wanted to be.
    const next = ownPath(textOf(req.body, 'return'), '');
    await (waitsAt(req, next) ? renewSession(req) : endSession(req));
    const query = `${by ? `&by=${by}` : ''}${next && `&return=${encodeURIComponent(next)}`}`;
    forgetPages(res).redirect(303, `/staff/login?signed-out${query}`);
  });

  /** What was typed as a name may be a password by mistake: only an account that exists is named. */
  async function recordLogin(req: Request, action: 'staff_signed_in' | 'staff_sign_in_refused', account?: string) {
    await record(db, {
      actor: account && action === 'staff_signed_in' ? { kind: 'staff', id: account } : { kind: 'anonymous' },
      action,
      subject: { kind: 'staff', id: account ?? 'unknown' },
      addressHash: addressHash(deps, req),
      requestId: String(req.id),
    });
  }

  return router;
}

interface LoginPage {
  username?: string;
  /** Where to go afterwards, as the browser sent it. */
  back?: unknown;
  fields?: Record<string, string>;
  problem?: string | undefined;
  signedOut?: boolean;
  /** The university's sign-in, where they may still be signed in. */
  cameBy?: string | undefined;
  passwordSet?: boolean;
}

function showLogin(res: Response, ways: string[], { username = '', back, fields = {}, ...more }: LoginPage): void {
  const next = ownPath(back, '/staff');
  // Where a change of language leads back to.
  res.locals.path = `/staff/login?return=${encodeURIComponent(next)}`;
  res.render('staff/login', { ways, username, leadsTo: next, fields, ...more });
}
