import type { Request, RequestHandler, Response } from 'express';
import { AppError } from '../../../platform/errors.ts';
import { staffContact } from '../../../store/messages/staff-contact.ts';
import { lastLinkAddress, mailStaffLink } from '../../../store/staff/link-mail.ts';
import { lockServing } from '../../../store/staff/serving.ts';
import { makeStaffLink } from '../../../store/staff/staff-link.ts';
import { resetPassword } from '../../../store/staff/staff-password.ts';
import { isLastAdmin } from '../../../store/staff/staff-role.ts';
import type { WebDeps } from '../../deps.ts';
import { textOf } from '../../form-value.ts';
import { whoIs } from '../../staff/guard.ts';
import { recordAct } from '../../staff/recording.ts';
import { keepToShow } from '../../staff/shown-once.ts';
import { signInsOf } from '../../staff/university/ways.ts';
import { accountOf, linkOf, renderAccount } from './account.ts';
import { readAddress } from './address.ts';

/**
 * A link once more: the invitation, or a reset, after which the former password is worthless and every session over. The link
 * before it is dead, also where it went by mail; this one may go by mail too.
 */
export function makeLink(deps: WebDeps): RequestHandler {
  return async (req: Request, res: Response) => {
    const account = await accountOf(deps, req);
    // Whoever resets their own password would be out, and perhaps the last one who could let them in.
    if (account.id === whoIs(res).id) throw new AppError('conflict', { status: 409 });
    const wish = await addressOf(deps, req, account.id);
    if (wish.problem) {
      const page = { emailText: wish.typed, fields: { email: wish.problem } };
      return renderAccount(deps, res.status(422), account, page);
    }
    const { address } = wish;
    const made = await deps.db.transaction(async (trx) => {
      // Two admins who reset each other at the same moment: the second one would leave nobody who can sign in.
      if (await isLastAdmin(trx, account.id, signInsOf(deps.settings))) return { refusal: 'last_admin_link' };
      const serving = await lockServing(trx, account.id);
      if (!serving) return { refusal: 'left' };
      const use = serving.hasPassword ? 'reset' : 'invitation';
      if (use === 'reset') await resetPassword(trx, account.id);
      const subject = { kind: 'staff', id: account.id } as const;
      const detail = { use, ...(address && { mailed: true }) };
      await recordAct(deps, req, res, { action: 'staff_link_made', subject, detail }, trx);
      const token = await makeStaffLink(trx, deps.index, { staff: account.id, use });
      if (address) await mailStaffLink(trx, deps.cipher, { staff: account.id, address });
      return { token };
    });
    if ('refusal' in made) {
      const now = await accountOf(deps, req);
      return renderAccount(deps, res.status(409), now, { refusal: `staff_admin.refusal.${made.refusal}` });
    }
    await showLinkOf(deps, { req, res }, { staff: account.id, token: made.token });
  };
}

/** The one that is typed, the one that the last link went to, or the one that the person has set themselves. */
async function addressOf(
  { db, cipher, settings }: WebDeps,
  req: Request,
  staff: string,
): Promise<{ address?: string; problem?: string; typed: string }> {
  const typed = textOf(req.body, 'email');
  const to = textOf(req.body, 'to');
  if (to !== 'again' && to !== 'own') return { ...readAddress(settings, typed), typed };
  const contact = to === 'own' ? await staffContact(db, cipher, staff) : undefined;
  const known = contact ? (contact.emailFault ? undefined : contact.email) : await lastLinkAddress(db, cipher, staff);
  return known ? { ...readAddress(settings, known), typed } : { problem: 'staff_admin.link.no_address', typed };
}

export async function showLinkOf(
  deps: WebDeps,
  { req, res }: { req: Request; res: Response },
  { staff, token }: { staff: string; token: string },
): Promise<void> {
  await keepToShow(deps, req, linkOf(staff), `${deps.settings.PUBLIC_URL}/staff/links/${token}`);
  res.redirect(303, `/admin/staff/${staff}`);
}
