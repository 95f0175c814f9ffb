import type { Request, Response } from 'express';
import type { SessionData } from 'express-session';
import { record } from '../../../store/audit/audit.ts';
import { type FoundByIdentity, findByIdentity, type Identity } from '../../../store/staff/identity.ts';
import type { WebDeps } from '../../deps.ts';
import { renewSession } from '../../middleware/sessions.ts';
import { addressHash } from '../../network.ts';
import { signIn } from '../signing-in.ts';
import { toLoginWith } from './ways.ts';

/** Whom the university named, and how. */
export interface Named extends Identity {
  /** The user name that its account has, where one may be linked by it. */
  username?: string;
  multiFactor: boolean;
  /** When they last showed who they are, epoch ms, where it is known. */
  authenticatedAt?: number;
  university: SessionData['university'];
}

/**
 * Signs in whom the university named, or says on the login page why not. Nobody is made by signing in. Who has a second
 * factor here is asked for it, unless the university says that it was shown there.
 */
export async function comeIn(
  deps: WebDeps,
  { req, res }: { req: Request; res: Response },
  named: Named,
  back: string,
): Promise<void> {
  const { university, multiFactor, authenticatedAt } = named;
  const found = await find(deps, req, named);
  if (!found.ok) return toLoginWith(res, found.why, back);
  const { staff, secondFactor } = found;
  if (secondFactor && !multiFactor) {
    await renewSession(req, { passed: { staff, at: Date.now() }, university });
    return res.redirect(303, `/staff/login/code?return=${encodeURIComponent(back)}`);
  }
  // A factor that was shown there long ago is asked for again where most is at stake.
  const shown = multiFactor && authenticatedAt && authenticatedAt <= Date.now() ? { provedAt: authenticatedAt } : {};
  const signedIn = await signIn(deps, req, { staff, university, ...shown });
  if (!signedIn) return toLoginWith(res, 'left', back);
  await record(deps.db, {
    actor: { kind: 'staff', id: staff },
    action: 'staff_signed_in',
    subject: { kind: 'staff', id: staff },
    detail: { by: university.by },
    addressHash: addressHash(deps, req),
    requestId: String(req.id),
  });
  res.redirect(303, back);
}

async function find(deps: WebDeps, req: Request, named: Named): Promise<FoundByIdentity> {
  const { settings, db } = deps;
  const from = { addressHash: addressHash(deps, req), requestId: String(req.id) };
  const { by } = named.university;
  return db.transaction(async (trx) => {
    const found = await findByIdentity(trx, named, { demo: settings.XIAOMEN_MODE === 'demo' });
    if (!found.ok) {
      const subject = { kind: 'staff', id: found.staff ?? 'unknown' } as const;
      const detail = { by, why: found.why };
      await record(trx, { actor: { kind: 'anonymous' }, action: 'staff_sign_in_refused', subject, detail, ...from });
    } else if (found.isNew) {
      const subject = { kind: 'staff', id: found.staff } as const;
      const actor = { kind: 'staff', id: found.staff } as const;
      await record(trx, { actor, action: 'staff_identity_linked', subject, detail: { by }, ...from });
    }
    return found;
  });
}
