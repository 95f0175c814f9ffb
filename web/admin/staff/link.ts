import type { Request, RequestHandler, Response } from 'express';
import { AppError } from '../../../platform/errors.ts';
import { lockServing } from '../../../store/staff/serving.ts';
import { makeStaffLink } from '../../../store/staff/staff-link.ts';
import { resetPassword } from '../../../store/staff/staff-password.ts';
import { isLastAdmin } from '../../../store/staff/staff-role.ts';
import type { WebDeps } from '../../deps.ts';
import { whoIs } from '../../staff/guard.ts';
import { recordAct } from '../../staff/recording.ts';
import { keepToShow } from '../../staff/shown-once.ts';
import { signInsOf } from '../../staff/university/ways.ts';
import { accountOf, linkOf, renderAccount } from './account.ts';

/** A link once more: the invitation, or a reset, after which the former password is worthless and every session over. */
export function makeLink(deps: WebDeps): RequestHandler {
  return async (req: Request, res: Response) => {
    const account = await accountOf(deps, req);
    // Whoever resets their own password would be out, and perhaps the last one who could let them in.
    if (account.id === whoIs(res).id) throw new AppError('conflict', { status: 409 });
    const made = await deps.db.transaction(async (trx) => {
      // Two admins who reset each other at the same moment: the second one would leave nobody who can sign in.
      if (await isLastAdmin(trx, account.id, signInsOf(deps.settings))) return { refusal: 'last_admin_link' };
      const serving = await lockServing(trx, account.id);
      if (!serving) return { refusal: 'left' };
      const use = serving.hasPassword ? 'reset' : 'invitation';
      if (use === 'reset') await resetPassword(trx, account.id);
      const subject = { kind: 'staff', id: account.id } as const;
      await recordAct(deps, req, res, { action: 'staff_link_made', subject, detail: { use } }, trx);
      return { token: await makeStaffLink(trx, deps.index, { staff: account.id, use }) };
    });
    if ('refusal' in made) {
      const now = await accountOf(deps, req);
      return renderAccount(deps, res.status(409), now, { refusal: `staff_admin.refusal.${made.refusal}` });
    }
    await showLinkOf(deps, { req, res }, { staff: account.id, token: made.token });
  };
}

export async function showLinkOf(
  deps: WebDeps,
  { req, res }: { req: Request; res: Response },
  { staff, token }: { staff: string; token: string },
): Promise<void> {
  await keepToShow(deps, req, linkOf(staff), `${deps.settings.PUBLIC_URL}/staff/links/${token}`);
  res.redirect(303, `/admin/staff/${staff}`);
}
