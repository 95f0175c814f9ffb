import type { Request } from 'express';
import { tooMany } from '../../platform/errors.ts';
import { forgetLoginTries, takeLoginTry } from '../../store/staff/login-limit.ts';
import type { Staff } from '../../store/staff/staff.ts';
import { verifyOwnPassword } from '../../store/staff/staff-password.ts';
import type { WebDeps } from '../deps.ts';
import { addressKey } from '../network.ts';

/**
 * Somebody who is signed in types the present password once more, before they change what lets in: a session that was left
 * open must not become the account. Counts as a try to sign in.
 *
 * @returns the kept hash, or the catalogue key of what is wrong
 * @throws AppError `too_many` (429)
 */
export async function provePresent(
  deps: WebDeps,
  req: Request,
  staff: Staff,
  typed: string,
): Promise<{ verified: string } | { problem: string }> {
  if (typed === '') return { problem: 'field.password_empty' };
  const keys = { account: deps.index.hash('staff_login', staff.username), address: addressKey(deps, req) };
  const wait = await takeLoginTry(deps.db, keys);
  if (wait > 0) throw tooMany(wait);
  const verified = await verifyOwnPassword(deps.db, staff.id, typed);
  if (!verified) return { problem: 'field.password_wrong' };
  await forgetLoginTries(deps.db, keys.account);
  return { verified };
}
