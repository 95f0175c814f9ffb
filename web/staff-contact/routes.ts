import { type Request, type RequestHandler, type Response, Router } from 'express';
import { findAddressProblem, normaliseAddress } from '../../domain/mail-address.ts';
import { findTextProblem } from '../../domain/text.ts';
import { languages } from '../../platform/i18n.ts';
import { type StaffContact, saveStaffContact, staffContact } from '../../store/messages/staff-contact.ts';
import { waysIn } from '../../store/staff/identity.ts';
import { revokeStaffLinks } from '../../store/staff/staff-link.ts';
import type { WebDeps } from '../deps.ts';
import { isTicked, textOf } from '../form-value.ts';
import { navigation, staffOnly, whoIs } from '../staff/guard.ts';
import { provePresent } from '../staff/present-password.ts';
import { recordAct } from '../staff/recording.ts';
import { staffMessengerRoutes } from './messenger.ts';
import { staffWechatRoutes, waitingOpenid } from './wechat.ts';
import { wechatCodeRoutes } from './wechat-code.ts';
import { wechatPhoneRoutes } from './wechat-phone.ts';

/** `/staff/me`: where and when a member of staff is told of tasks. Everybody sets their own. */
export function staffContactRoutes(deps: WebDeps): Router {
  const { db, cipher } = deps;
  const router = Router();
  router.use(staffWechatRoutes(deps), wechatCodeRoutes(deps), wechatPhoneRoutes(deps), staffMessengerRoutes(deps));
  const staff: RequestHandler[] = [staffOnly, navigation(deps)];

  router.get('/staff/me', staff, async (req: Request, res: Response) => {
    const wechat = ['again', 'taken'].find((one) => one === req.query.wechat);
    const waiting = waitingOpenid(req, cipher) !== undefined;
    const inWechat = /MicroMessenger\//.test(req.get('user-agent') ?? '');
    await show(deps, res, { saved: 'saved' in req.query, waiting, inWechat, ...(wechat && { wechat }) });
  });

  router.post('/staff/me', staff, async (req: Request, res: Response) => {
    const { id, name } = whoIs(res);
    const email = normaliseAddress(textOf(req.body, 'email'));
    const language = languages.find((one) => one === textOf(req.body, 'language'));
    const said = { email, digest: isTicked(req.body, 'digest', 'on'), quiet: isTicked(req.body, 'quiet', 'on') };
    const fields: Record<string, string> = {
      ...(isWrong(email, name) && { email: 'field.email_malformed' }),
      ...(!language && { language: 'field.choose' }),
    };
    const isNew = email !== ((await staffContact(db, cipher, id)).email ?? '');
    // A link to a new password goes there: whoever finds a session open must not lead it to themselves.
    if (Object.keys(fields).length === 0 && isNew && email !== '' && (await waysIn(db, id)).hasPassword) {
      const proved = await provePresent(deps, req, whoIs(res), textOf(req.body, 'present_password'));
      if ('problem' in proved) fields.present_password = proved.problem;
    }
    if (!language || Object.keys(fields).length > 0) {
      return show(deps, res.status(422), { typed: { ...said, ...(language && { language }) }, fields });
    }
    await db.transaction(async (trx) => {
      await saveStaffContact(trx, cipher, id, { ...said, language });
      if (isNew) await revokeStaffLinks(trx, id, ['forgotten']);
      const detail = { email: email !== '', language, digest: said.digest, quiet: said.quiet };
      await recordAct(deps, req, res, { action: 'staff_contact_changed', subject: { kind: 'staff', id }, detail }, trx);
    });
    res.redirect(303, '/staff/me?saved');
  });
  return router;
}

/** One recipient: a name of one line, and one address or none. */
const isWrong = (email: string, name: string): boolean =>
  email !== '' && (findAddressProblem(email) !== undefined || findTextProblem(name, { max: 100 }) !== undefined);

interface MePage {
  saved?: boolean;
  /** A WeChat waits to be bound. */
  waiting?: boolean;
  /** The page stands in WeChat itself: no code has to be scanned. */
  inWechat?: boolean;
  /** Why none was. */
  wechat?: string;
  typed?: Partial<Pick<StaffContact, 'email' | 'language' | 'digest' | 'quiet'>>;
  fields?: Record<string, string>;
}

async function show(
  deps: WebDeps,
  res: Response,
  { saved = false, waiting = false, inWechat = false, wechat, typed, fields = {} }: MePage,
): Promise<void> {
  const { id } = whoIs(res);
  const contact = await staffContact(deps.db, deps.cipher, id);
  const { hasPassword } = await waysIn(deps.db, id);
  res.locals.path = '/staff/me';
  res.render('staff-contact/me', {
    contact,
    hasPassword,
    typed: { email: '', ...contact, ...typed },
    fields,
    saved,
    waiting,
    inWechat,
    wechat,
    messengers: Object.keys(deps.messengers),
    mails: deps.settings.SMTP_URL !== undefined,
  });
}
