import type { Request, RequestHandler, Response } from 'express';
import { allDepartments } from '../../../store/content/content.ts';
import { forgetContent } from '../../../store/content/content-cache.ts';
import { lockServing } from '../../../store/staff/serving.ts';
import { giveRole, isLastAdmin, takeRole } from '../../../store/staff/staff-role.ts';
import type { WebDeps } from '../../deps.ts';
import { recordAct } from '../../staff/recording.ts';
import { signInsOf } from '../../staff/university/ways.ts';
import { accountOf, refuseLeft, renderAccount } from './account.ts';
import { readRole, typedRole } from './form.ts';

/** Gives a role of a department or of the whole university. */
export function addRole(deps: WebDeps): RequestHandler {
  return async (req: Request, res: Response) => {
    const account = await accountOf(deps, req);
    const roleTexts = typedRole(req);
    const { wish, fields } = readRole(roleTexts, await allDepartments(deps.db), { required: true });
    if (!wish) return renderAccount(deps, res.status(422), account, { roleTexts, fields });
    const serving = await deps.db.transaction(async (trx) => {
      if (!(await lockServing(trx, account.id))) return false;
      if (!(await giveRole(trx, { staff: account.id, ...wish }))) return true;
      const subject = { kind: 'staff', id: account.id } as const;
      await recordAct(deps, req, res, { action: 'staff_role_given', subject, detail: { ...wish } }, trx);
      return true;
    });
    if (!serving) return refuseLeft(deps, req, res);
    forgetContent(deps.db);
    res.redirect(303, `/admin/staff/${account.id}?saved`);
  };
}

/** Takes one. The last admin keeps theirs. */
export function removeRole(deps: WebDeps): RequestHandler {
  return async (req: Request, res: Response) => {
    const account = await accountOf(deps, req);
    const { role, department } = typedRole(req);
    const held = account.roles.find((one) => one.role === role && (one.department?.id ?? '') === department);
    // Taken already, perhaps by another admin.
    if (!held) return res.redirect(303, `/admin/staff/${account.id}`);
    const wish = { staff: account.id, role: held.role, department: held.department?.id ?? null };
    const taken = await deps.db.transaction(async (trx) => {
      if (held.role === 'admin' && (await isLastAdmin(trx, account.id, signInsOf(deps.settings)))) return false;
      if (!(await takeRole(trx, wish))) return true;
      const subject = { kind: 'staff', id: account.id } as const;
      const { role: gone, department: at } = wish;
      await recordAct(
        deps,
        req,
        res,
        { action: 'staff_role_taken', subject, detail: { role: gone, department: at } },
        trx,
      );
      return true;
    });
    if (!taken) return renderAccount(deps, res.status(409), account, { refusal: 'staff_admin.refusal.last_admin' });
    forgetContent(deps.db);
    res.redirect(303, `/admin/staff/${account.id}?saved`);
  };
}
