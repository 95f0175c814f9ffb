import { randomInt } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { gatePinDigits } from '../../../domain/gate-guards.ts';
import { hashPassword } from '../../../platform/password.ts';
import { giveGatePin, takeGatePin } from '../../../store/staff/gate-pin.ts';
import { lockServing } from '../../../store/staff/serving.ts';
import type { WebDeps } from '../../deps.ts';
import { recordAct } from '../../staff/recording.ts';
import { keepToShow } from '../../staff/shown-once.ts';
import { accountOf, pinOf, refuseLeft, renderAccount } from './account.ts';

/** The PIN by which a member of the security desk logs in at gates: drawn here, shown once, kept as a hash. */

export function makeGatePin(deps: WebDeps): RequestHandler {
  return async (req: Request, res: Response) => {
    const account = await accountOf(deps, req);
    if (!account.roles.some(({ role }) => role === 'security')) {
      return renderAccount(deps, res.status(409), account, { refusal: 'staff_admin.refusal.no_guard' });
    }
    const pin = String(randomInt(10 ** gatePinDigits)).padStart(gatePinDigits, '0');
    const hash = await hashPassword(pin);
    const given = await deps.db.transaction(async (trx) => {
      if (!(await lockServing(trx, account.id))) return false;
      await giveGatePin(trx, { staff: account.id, hash });
      const subject = { kind: 'staff', id: account.id } as const;
      await recordAct(deps, req, res, { action: 'staff_gate_pin_made', subject }, trx);
      return true;
    });
    if (!given) return refuseLeft(deps, req, res);
    await keepToShow(deps, req, pinOf(account.id), pin);
    res.redirect(303, `/admin/staff/${account.id}`);
  };
}

export function removeGatePin(deps: WebDeps): RequestHandler {
  return async (req: Request, res: Response) => {
    const { id } = await accountOf(deps, req);
    await deps.db.transaction(async (trx) => {
      if (!(await takeGatePin(trx, id))) return;
      const subject = { kind: 'staff', id } as const;
      await recordAct(deps, req, res, { action: 'staff_gate_pin_removed', subject }, trx);
    });
    res.redirect(303, `/admin/staff/${id}`);
  };
}
