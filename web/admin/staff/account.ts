import type { Request, RequestHandler, Response } from 'express';
import { staffRoles } from '../../../domain/staff-role.ts';
import { notFound } from '../../../platform/errors.ts';
import { auditTrail } from '../../../store/audit/audit-trail.ts';
import { allDepartments } from '../../../store/content/content.ts';
import { staffContact } from '../../../store/messages/staff-contact.ts';
import { editStaff, findStaffAccount, type StaffAccount } from '../../../store/staff/account.ts';
import { gatePinOf } from '../../../store/staff/gate-pin.ts';
import { identitiesOf } from '../../../store/staff/identity.ts';
import { linkMailOf } from '../../../store/staff/link-mail.ts';
import { lockServing } from '../../../store/staff/serving.ts';
import { staffNames } from '../../../store/staff/staff.ts';
import { findStaffLink } from '../../../store/staff/staff-link.ts';
import { openStaffSessions } from '../../../store/staff/staff-session.ts';
import type { WebDeps } from '../../deps.ts';
import { isTicked, textOf } from '../../form-value.ts';
import { isUuid } from '../../is-uuid.ts';
import { actedBy } from '../../staff/acted-by.ts';
import { whoIs } from '../../staff/guard.ts';
import { recordAct } from '../../staff/recording.ts';
import { takeToShow } from '../../staff/shown-once.ts';
import { mails } from './address.ts';
import { nameLimit, readName } from './form.ts';

/** What the page of an account shows once after it was made. */
export const linkOf = (staff: string): string => `link of ${staff}`;
export const pinOf = (staff: string): string => `gate pin of ${staff}`;

/** `/admin/staff/:id`: one account, everything that may be done with it, and who did what. */
export function showAccount(deps: WebDeps): RequestHandler {
  return async (req: Request, res: Response) => {
    const account = await accountOf(deps, req);
    const link = await takeToShow(deps, req, linkOf(account.id));
    const pin = await takeToShow(deps, req, pinOf(account.id));
    await renderAccount(deps, res, account, { link, pin, saved: 'saved' in req.query });
  };
}

/** @throws AppError 404 */
export async function accountOf({ db }: WebDeps, req: Request): Promise<StaffAccount> {
  const id = String(req.params.id);
  const account = isUuid(id) ? await findStaffAccount(db, id) : undefined;
  if (!account) throw notFound();
  return account;
}

/** The name, and whether they may see whole document numbers. */
export function editAccount(deps: WebDeps): RequestHandler {
  return async (req: Request, res: Response) => {
    const account = await accountOf(deps, req);
    const typed = textOf(req.body, 'name');
    const { name, problem } = readName(typed);
    const mayUnmask = isTicked(req.body, 'unmask', 'on');
    const texts = { name: typed, unmask: mayUnmask ? 'on' : '' };
    if (problem) return renderAccount(deps, res.status(422), account, { texts, fields: { name: problem } });
    if (name !== account.name || mayUnmask !== account.mayUnmask) {
      const serving = await deps.db.transaction(async (trx) => {
        if (!(await lockServing(trx, account.id))) return false;
        await editStaff(trx, account.id, { name, mayUnmask });
        const subject = { kind: 'staff', id: account.id } as const;
        await recordAct(deps, req, res, { action: 'staff_edited', subject, detail: { mayUnmask } }, trx);
        return true;
      });
      if (!serving) return refuseLeft(deps, req, res);
    }
    res.redirect(303, `/admin/staff/${account.id}?saved`);
  };
}

/** Nothing is given to somebody who has left, perhaps a moment ago: the account as it stands now, and why. */
export async function refuseLeft(deps: WebDeps, req: Request, res: Response): Promise<void> {
  await renderAccount(deps, res.status(409), await accountOf(deps, req), { refusal: 'staff_admin.refusal.left' });
}

interface AccountPage {
  /** What was typed into the form of the account, or of a role. */
  texts?: Record<string, string>;
  roleTexts?: { role: string; department: string };
  /** The address that a link was to go to. */
  emailText?: string;
  fields?: Record<string, string>;
  /** A sentence's key: what was refused, and why. */
  refusal?: string;
  link?: string | undefined;
  /** Of gates. */
  pin?: string | undefined;
  saved?: boolean;
}

export async function renderAccount(
  { db, cipher, settings }: WebDeps,
  res: Response,
  account: StaffAccount,
  page: AccountPage = {},
): Promise<void> {
  const [departments, sessions, openLink, trail, identities, linkMail, contact, gatePin] = await Promise.all([
    allDepartments(db),
    openStaffSessions(db, account.id),
    findStaffLink(db, { staff: account.id }),
    auditTrail(db, { kind: 'staff', id: account.id }, { limit: 30 }),
    identitiesOf(db, account.id),
    linkMailOf(db, cipher, account.id),
    staffContact(db, cipher, account.id),
    gatePinOf(db, account.id),
  ]);
  const names = await staffNames(db, [
    ...new Set(trail.lines.flatMap(({ actor }) => (actor.kind === 'staff' && actor.id ? [actor.id] : []))),
  ]);
  res.locals.path = `/admin/staff/${account.id}`;
  res.render('admin/staff/account', {
    account,
    departments,
    sessions,
    openLink,
    identities,
    linkMail,
    gatePin,
    isGuard: account.roles.some(({ role }) => role === 'security'),
    mails: mails(settings),
    // Whether, not which: the address is its owner's to see.
    hasAddress: contact.email !== undefined && !contact.emailFault,
    emailText: '',
    own: account.id === whoIs(res).id,
    trail: trail.lines,
    actedBy,
    staffOf: (id: string) => names.get(id),
    gateOf: () => undefined,
    departmentOf: (id: unknown) => departments.find((one) => one.id === id),
    roles: staffRoles,
    nameLimit,
    fields: {},
    roleTexts: { role: '', department: '' },
    texts: { name: account.name, unmask: account.mayUnmask ? 'on' : '' },
    refusal: undefined,
    link: undefined,
    pin: undefined,
    saved: false,
    ...page,
  });
}
