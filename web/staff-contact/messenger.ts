import { type Request, type RequestHandler, type Response, Router } from 'express';
import { findUserProblem, maskUser, messengerOf, normaliseUser } from '../../domain/messengers.ts';
import { notFound } from '../../platform/errors.ts';
import type { Messenger } from '../../platform/messengers.ts';
import { staffContact } from '../../store/messages/staff-contact.ts';
import { bindStaffMessenger, retryStaffMessenger, unbindStaffMessenger } from '../../store/messages/staff-messenger.ts';
import { waysIn } from '../../store/staff/identity.ts';
import {
  awaitedUser,
  dropMessengerCode,
  makeMessengerCode,
  messengerCodeMinutes,
  redeemMessengerCode,
  takeMessengerCodeTry,
} from '../../store/staff/messenger-code.ts';
import type { WebDeps } from '../deps.ts';
import { codeTyped, textOf } from '../form-value.ts';
import { navigation, staffOnly, whoIs } from '../staff/guard.ts';
import { provePresent } from '../staff/present-password.ts';
import { recordAct } from '../staff/recording.ts';

/**
 * `/staff/me/messengers/:messenger`: a member of staff names their user there, a code goes to it, and who enters it is told of
 * tasks there. A button of a card decides without a login, so that the present password is asked for where there is one.
 */
export function staffMessengerRoutes(deps: WebDeps): Router {
  const { db } = deps;
  const router = Router();
  const staff: RequestHandler[] = [staffOnly, navigation(deps)];
  const page = '/staff/me/messengers/:messenger';

  router.get(page, staff, (req: Request, res: Response) => show(deps, res, messengerAt(deps, req)));

  router.post(page, staff, async (req: Request, res: Response) => {
    const messenger = messengerAt(deps, req);
    const typed = textOf(req.body, 'user_id');
    const answer = await sendCode(deps, { req, res }, messenger, normaliseUser(messenger.name, typed));
    if (answer) return show(deps, res.status(answer.status), messenger, { ...answer, typed });
    res.redirect(303, pathOf(messenger));
  });

  router.post(`${page}/code`, staff, async (req: Request, res: Response) => {
    const messenger = messengerAt(deps, req);
    const typed = codeTyped(req.body);
    const bound = typed === '' ? 'field.code_empty' : await bind(deps, { req, res }, messenger, typed);
    if (bound === true) return res.redirect(303, '/staff/me?saved');
    await show(deps, res.status(422), messenger, { fields: { code: bound } });
  });

  router.post(`${page}/unbinding`, staff, async (req: Request, res: Response) => {
    const { name: messenger } = messengerAt(deps, req);
    const { id } = whoIs(res);
    await db.transaction(async (trx) => {
      await dropMessengerCode(trx, { staff: id, messenger });
      if (!(await unbindStaffMessenger(trx, id, messenger))) return;
      const act = { action: 'staff_messenger_unbound', subject: { kind: 'staff', id }, detail: { messenger } } as const;
      await recordAct(deps, req, res, act, trx);
    });
    res.redirect(303, '/staff/me?saved');
  });

  /** They are back there, or the app may reach them again: nobody tells us. */
  router.post(`${page}/retry`, staff, async (req: Request, res: Response) => {
    await retryStaffMessenger(db, whoIs(res).id, messengerAt(deps, req).name);
    res.redirect(303, '/staff/me?saved');
  });
  return router;
}

const pathOf = ({ name }: Messenger): string => `/staff/me/messengers/${name}`;

/** @throws AppError 404 for one that is not set up here */
function messengerAt({ messengers }: WebDeps, req: Request): Messenger {
  const name = messengerOf(req.params.messenger);
  const messenger = name && messengers[name];
  if (!messenger) throw notFound();
  return messenger;
}

interface Refused {
  status: 422 | 429 | 503;
  fields?: Record<string, string>;
  problem?: string;
}

/** @returns why none went; undefined: it is on its way */
async function sendCode(
  deps: WebDeps,
  { req, res }: { req: Request; res: Response },
  messenger: Messenger,
  user: string,
): Promise<Refused | undefined> {
  const { db } = deps;
  const { t } = res.locals;
  const { id: staff, name } = whoIs(res);
  const malformed = findUserProblem(user);
  const present = textOf(req.body, 'present_password');
  // A password is not tried for a user who is none; that it is missing is said all the same.
  const asked = (await waysIn(db, staff)).hasPassword && (!malformed || present === '');
  const proved = asked ? await provePresent(deps, req, whoIs(res), present) : undefined;
  const fields = {
    ...(malformed && { user_id: malformed }),
    ...(proved && 'problem' in proved && { present_password: proved.problem }),
  };
  if (Object.keys(fields).length > 0) return { status: 422, fields };
  const wait = await takeMessengerCodeTry(db, deps.index, { staff, user });
  if (wait > 0) return { status: 429, problem: t('messenger.too_many', { minutes: Math.ceil(wait / 60) }) };
  const whose = { staff, messenger: messenger.name };
  const { id, code } = await db.transaction((trx) => makeMessengerCode(trx, deps, { ...whose, user }));
  const text = t('messenger.code_text', { code, name, minutes: messengerCodeMinutes });
  const message = { title: t('messenger.code_title'), text, facts: [] };
  const sent = await messenger.send(user, message, id.replaceAll('-', ''));
  // Where the answer was lost it may have come.
  if (sent.ok || sent.fault === 'unknown') return undefined;
  await dropMessengerCode(db, whose);
  if (sent.fault === 'no_user') return { status: 422, fields: { user_id: 'field.user_id_unknown' } };
  deps.log.warn(
    { messenger: messenger.name, fault: sent.fault, code: sent.code },
    'a code to a messenger was not taken',
  );
  return { status: 503, problem: t('messenger.not_sent') };
}

/** @returns true, or the catalogue key of what is wrong */
async function bind(
  deps: WebDeps,
  { req, res }: { req: Request; res: Response },
  { name: messenger }: Messenger,
  typed: string,
): Promise<true | string> {
  const { id: staff } = whoIs(res);
  const user = await redeemMessengerCode(deps.db, deps, { staff, messenger }, typed);
  if (user === undefined) return 'field.messenger_code_wrong';
  return deps.db.transaction(async (trx) => {
    if (!(await bindStaffMessenger(trx, deps, { staff, messenger, user }))) return 'field.user_id_taken';
    const detail = { messenger, user: maskUser(user) };
    const subject = { kind: 'staff', id: staff } as const;
    await recordAct(deps, req, res, { action: 'staff_messenger_bound', subject, detail }, trx);
    return true;
  });
}

async function show(
  deps: WebDeps,
  res: Response,
  messenger: Messenger,
  { fields = {}, problem, typed = '' }: Partial<Refused> & { typed?: string } = {},
): Promise<void> {
  const { id: staff } = whoIs(res);
  const contact = await staffContact(deps.db, deps.cipher, staff);
  const awaited = await awaitedUser(deps.db, deps.cipher, { staff, messenger: messenger.name });
  const { hasPassword } = await waysIn(deps.db, staff);
  res.locals.path = pathOf(messenger);
  res.render('staff-contact/messenger', {
    messenger: messenger.name,
    to: pathOf(messenger),
    bound: contact.messengers.find((one) => one.messenger === messenger.name),
    awaited,
    hasPassword,
    typed: { user_id: typed },
    fields,
    problem,
  });
}
