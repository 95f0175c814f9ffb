import { type Request, type Response, Router } from 'express';
import { findPasswordProblem, leastPasswordLength, type PasswordProblem } from '../../domain/password-rules.ts';
import { record } from '../../store/audit/audit.ts';
import { hashOfLetter } from '../../store/staff/link-letter.ts';
import { keepProvedAddress } from '../../store/staff/link-mail.ts';
import { lockServing } from '../../store/staff/serving.ts';
import { findStaffLink, type StaffLink, takeStaffLink } from '../../store/staff/staff-link.ts';
import { hashOf, setPassword } from '../../store/staff/staff-password.ts';
import type { WebDeps } from '../deps.ts';
import { textOf } from '../form-value.ts';
import { endSession, saveSession } from '../middleware/sessions.ts';
import { addressHash } from '../network.ts';
import { findSignedIn, navigation, staffOnly, whoIs } from './guard.ts';
import { provePresent } from './present-password.ts';
import { signIn } from './signing-in.ts';
import './session.ts';

/** Passwords of staff: the first one by an invitation, another by a reset, one's own by the present one. */
export function passwordRoutes(deps: WebDeps): Router {
  const { db, index } = deps;
  const router = Router();

  /** The link leads to the page and leaves the address. Looking at it, however often, sets nothing. */
  router.get('/staff/links/:token', async (req, res) => {
    const { token } = req.params;
    const good = /^[\w-]{43}$/.test(token);
    const shown = good ? await findStaffLink(db, { tokenHashes: index.every('staff_link', token) }) : undefined;
    const mailed = good && !shown ? await findStaffLink(db, { letterHash: hashOfLetter(token) }) : undefined;
    const link = shown ?? mailed;
    if (!link) return over(res);
    req.session.staffLink = link.id;
    req.session.byMail = mailed !== undefined;
    req.session.keptAt ??= Date.now();
    await saveSession(req);
    res.redirect(303, '/staff/password');
  });

  const ownPassword = [staffOnly, navigation(deps)];
  const byLink = async (req: Request): Promise<StaffLink | undefined> =>
    req.session.staffLink ? findStaffLink(db, { id: req.session.staffLink }) : undefined;

  router.get('/staff/password', async (req, res, next) => {
    const link = await byLink(req);
    if (link) return show(res, { link });
    if (req.session.staffLink && !findSignedIn(req)) return over(res);
    next();
  });
  router.get('/staff/password', ownPassword, (_req: Request, res: Response) => show(res));

  router.post('/staff/password', async (req, res, next) => {
    const link = await byLink(req);
    if (link) return setByLink(deps, req, res, link);
    if (req.session.staffLink && !findSignedIn(req)) return over(res);
    next();
  });
  router.post('/staff/password', ownPassword, (req: Request, res: Response) => changeOwn(deps, req, res));
  return router;
}

async function setByLink(deps: WebDeps, req: Request, res: Response, link: StaffLink): Promise<void> {
  const { db } = deps;
  const { staff } = link;
  const fields = problemsOf(req, [staff.username, staff.name]);
  if (fields) return show(res.status(422), { link, fields });
  const hash = await hashOf(textOf(req.body, 'password'));
  const set = await db.transaction(async (trx) => {
    // The person before the link: a departure locks them in this order.
    if (!(await lockServing(trx, staff.id)) || !(await takeStaffLink(trx, link.id))) return false;
    if (req.session.byMail) await keepProvedAddress(trx, deps.cipher, { staff: staff.id, link: link.id });
    await setPassword(trx, { staff: staff.id, hash });
    await record(trx, {
      actor: { kind: 'staff', id: staff.id },
      action: 'staff_password_set',
      subject: { kind: 'staff', id: staff.id },
      detail: { by: link.use, ...(req.session.byMail && { mailed: true }) },
      addressHash: addressHash(deps, req),
      requestId: String(req.id),
    });
    return true;
  });
  if (!set) return over(res);
  await endSession(req);
  res.redirect(303, '/staff/login?password-set');
}

async function changeOwn(deps: WebDeps, req: Request, res: Response): Promise<void> {
  const { db } = deps;
  const staff = whoIs(res);
  const present = textOf(req.body, 'present_password');
  const fields = problemsOf(req, [staff.username, staff.name]) ?? {};
  if (present === '') fields.present_password = 'field.password_empty';
  if (Object.keys(fields).length > 0) return show(res.status(422), { fields });
  const proved = await provePresent(deps, req, staff, present);
  if ('problem' in proved) return show(res.status(422), { fields: { present_password: proved.problem } });
  const { verified } = proved;
  if (textOf(req.body, 'password') === present)
    return show(res.status(422), { fields: { password: 'field.password_same' } });
  const hash = await hashOf(textOf(req.body, 'password'));
  const { provedAt } = req.session;
  const set = await db.transaction(async (trx) => {
    if (!(await setPassword(trx, { staff: staff.id, hash, verified }))) return false;
    await record(trx, {
      actor: { kind: 'staff', id: staff.id },
      action: 'staff_password_set',
      subject: { kind: 'staff', id: staff.id },
      detail: { by: 'present_password' },
      addressHash: addressHash(deps, req),
      requestId: String(req.id),
    });
    return true;
  });
  // A reset, a departure or another change came first, and has ended this session: it stays so.
  if (!set) return show(res.status(409), { fields: { present_password: 'field.password_replaced' } });
  // Every session ended, this one too: the person in front of it goes on in a new one.
  const signedIn = await signIn(deps, req, { staff: staff.id, hash, ...(provedAt && { provedAt }) });
  res.redirect(303, signedIn ? '/staff/sessions?password-set' : '/staff/login');
}

const sentences: Record<PasswordProblem, string> = {
  empty: 'field.password_empty',
  short: 'field.password_short',
  long: 'field.too_long',
  characters: 'field.characters',
  common: 'field.password_common',
  own_name: 'field.password_own_name',
};

function problemsOf(req: Request, own: string[]): Record<string, string> | undefined {
  const password = textOf(req.body, 'password');
  const problem = findPasswordProblem(password, own);
  if (problem) return { password: sentences[problem] };
  return password === textOf(req.body, 'password_again') ? undefined : { password_again: 'field.password_differs' };
}

function show(res: Response, page: { link?: StaffLink; fields?: Record<string, string> } = {}): void {
  res.locals.path = '/staff/password';
  res.render('staff/password', { link: undefined, fields: {}, least: leastPasswordLength, ...page });
}

/** Used, revoked, too old or never made: the page does not say which. */
function over(res: Response): void {
  res.locals.path = '/staff/login';
  res.status(404).render('staff/link-over');
}
