import type { Request, RequestHandler, Response } from 'express';
import { forgetContent } from '../../../store/content/content-cache.ts';
import { dropIdentities } from '../../../store/staff/identity.ts';
import { comeBack, leave } from '../../../store/staff/leaving.ts';
import { dropSecondFactor } from '../../../store/staff/second-factor.ts';
import { isLastAdmin } from '../../../store/staff/staff-role.ts';
import { endStaffSessions } from '../../../store/staff/staff-session.ts';
import type { WebDeps } from '../../deps.ts';
import { whoIs } from '../../staff/guard.ts';
import { recordAct } from '../../staff/recording.ts';
import { signInsOf } from '../../staff/university/ways.ts';
import { accountOf, renderAccount } from './account.ts';

/** The end of an account, and of what lets somebody in. */

/** Sessions, links, roles and the second factor are dead when this answers. */
export function deactivate(deps: WebDeps): RequestHandler {
  return async (req: Request, res: Response) => {
    const account = await accountOf(deps, req);
    const done = await deps.db.transaction(async (trx) => {
      if (await isLastAdmin(trx, account.id, signInsOf(deps.settings))) return false;
      const visits = await leave(trx, { staff: account.id, by: whoIs(res).id });
      if (!visits) return true;
      const detail = { roles: account.roles.length, visits: visits.length };
      const subject = { kind: 'staff', id: account.id } as const;
      await recordAct(deps, req, res, { action: 'staff_deactivated', subject, detail }, trx);
      return true;
    });
    if (!done) return renderAccount(deps, res.status(409), account, { refusal: 'staff_admin.refusal.last_admin' });
    forgetContent(deps.db);
    res.redirect(303, `/admin/staff/${account.id}`);
  };
}

export function reactivate(deps: WebDeps): RequestHandler {
  return async (req: Request, res: Response) => {
    const account = await accountOf(deps, req);
    await deps.db.transaction(async (trx) => {
      if (!(await comeBack(trx, account.id))) return;
      const subject = { kind: 'staff', id: account.id } as const;
      await recordAct(deps, req, res, { action: 'staff_reactivated', subject }, trx);
    });
    res.redirect(303, `/admin/staff/${account.id}`);
  };
}

export function endSessionsOf(deps: WebDeps): RequestHandler {
  return async (req: Request, res: Response) => {
    const { id } = await accountOf(deps, req);
    const ended = await endStaffSessions(deps.db, { staff: id });
    const subject = { kind: 'staff', id } as const;
    if (ended > 0) await recordAct(deps, req, res, { action: 'staff_sessions_revoked', subject, detail: { ended } });
    res.redirect(303, `/admin/staff/${id}`);
  };
}

/** Of an account that the wrong person at the university has: they are out, and the next sign-in links it anew. */
export function removeIdentities(deps: WebDeps): RequestHandler {
  return async (req: Request, res: Response) => {
    const { id } = await accountOf(deps, req);
    await deps.db.transaction(async (trx) => {
      if ((await dropIdentities(trx, id)) === 0) return;
      await endStaffSessions(trx, { staff: id });
      const subject = { kind: 'staff', id } as const;
      await recordAct(deps, req, res, { action: 'staff_identity_removed', subject }, trx);
    });
    res.redirect(303, `/admin/staff/${id}`);
  };
}

/** For a person who lost the phone and the codes on paper. Whoever is signed in by it is out. */
export function removeSecondFactor(deps: WebDeps): RequestHandler {
  return async (req: Request, res: Response) => {
    const { id } = await accountOf(deps, req);
    await deps.db.transaction(async (trx) => {
      if (!(await dropSecondFactor(trx, id))) return;
      await endStaffSessions(trx, { staff: id });
      const subject = { kind: 'staff', id } as const;
      await recordAct(deps, req, res, { action: 'staff_second_factor_removed', subject }, trx);
    });
    res.redirect(303, `/admin/staff/${id}`);
  };
}
