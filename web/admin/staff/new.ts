import type { Request, RequestHandler, Response } from 'express';
import { staffRoles } from '../../../domain/staff-role.ts';
import { allDepartments } from '../../../store/content/content.ts';
import { forgetContent } from '../../../store/content/content-cache.ts';
import { isUsernameTaken } from '../../../store/staff/account.ts';
import { mailStaffLink } from '../../../store/staff/link-mail.ts';
import { createStaff, isUsernameClash } from '../../../store/staff/staff.ts';
import { makeStaffLink } from '../../../store/staff/staff-link.ts';
import type { WebDeps } from '../../deps.ts';
import { isTicked, textsOf } from '../../form-value.ts';
import { recordAct } from '../../staff/recording.ts';
import { mails, readAddress } from './address.ts';
import { nameLimit, type RoleWish, readName, readRole, readUsername, typedRole } from './form.ts';
import { showLinkOf } from './link.ts';

/** `/admin/staff/new`: somebody new. They set their password themselves, by the link that this ends with and that may go by mail. */
export function showNewAccount(deps: WebDeps): RequestHandler {
  return (_req, res) => show(deps, res, { texts: {} });
}

export function addAccount(deps: WebDeps): RequestHandler {
  const { db } = deps;
  return async (req: Request, res: Response) => {
    const typed = textsOf(req.body, ['username', 'name', 'email']);
    const mayUnmask = isTicked(req.body, 'unmask', 'on');
    const texts = { ...typed, ...typedRole(req), unmask: mayUnmask ? 'on' : '' };
    const { address, problem: inEmail } = readAddress(deps.settings, texts.email);
    const [{ username, ...inUsername }, { name, ...inName }] = [readUsername(texts.username), readName(texts.name)];
    const { wish, fields } = readRole(texts, await allDepartments(db), { required: false });
    if (inUsername.problem) fields.username = inUsername.problem;
    else if (await isUsernameTaken(db, username)) fields.username = 'field.username_taken';
    if (inName.problem) fields.name = inName.problem;
    if (inEmail) fields.email = inEmail;
    if (Object.keys(fields).length > 0) return show(deps, res.status(422), { texts, fields });
    const account = { username, name, mayUnmask, wish, address };
    const made = await make(deps, { req, res }, account);
    if (!made) return show(deps, res.status(422), { texts, fields: { username: 'field.username_taken' } });
    forgetContent(db);
    await showLinkOf(deps, { req, res }, made);
  };
}

interface NewAccount {
  username: string;
  name: string;
  mayUnmask: boolean;
  wish: RoleWish | undefined;
  /** Where the link goes by mail. */
  address: string | undefined;
}

/** @returns undefined where somebody took the user name in between */
async function make(
  deps: WebDeps,
  { req, res }: { req: Request; res: Response },
  { wish, address, ...account }: NewAccount,
): Promise<{ staff: string; token: string } | undefined> {
  try {
    return await deps.db.transaction(async (trx) => {
      const { role, department } = wish ?? {};
      const roles = role ? [{ role, ...(department && { department }) }] : [];
      const staff = await createStaff(trx, { ...account, roles });
      const subject = { kind: 'staff', id: staff } as const;
      const detail = { ...wish, ...(address && { mailed: true }) };
      await recordAct(deps, req, res, { action: 'staff_created', subject, detail }, trx);
      const token = await makeStaffLink(trx, deps.index, { staff, use: 'invitation' });
      if (address) await mailStaffLink(trx, deps.cipher, { staff, address });
      return { staff, token };
    });
  } catch (error) {
    if (isUsernameClash(error)) return undefined;
    throw error;
  }
}

async function show(
  { db, settings }: WebDeps,
  res: Response,
  page: { texts: Record<string, string>; fields?: Record<string, string> },
): Promise<void> {
  res.locals.path = '/admin/staff/new';
  const departments = await allDepartments(db);
  const offered = { roles: staffRoles, departments, nameLimit, mails: mails(settings) };
  res.render('admin/staff/new', { fields: {}, ...page, ...offered });
}
