import type { Request, Response } from 'express';
import { minute } from '../../domain/time.ts';
import { tooMany } from '../../platform/errors.ts';
import { forgetLoginTries, takeLoginTry } from '../../store/staff/login-limit.ts';
import { verifyOwnPassword } from '../../store/staff/staff-password.ts';
import type { WebDeps } from '../deps.ts';
import { textOf } from '../form-value.ts';
import { addressKey } from '../network.ts';
import { checkCode } from './code.ts';
import { asksForCode } from './due.ts';
import { whoIs } from './guard.ts';
import './session.ts';

/** Before somebody changes what lets them in, they show once more that it is them, and not a stranger at their open page. */

/** How long a sign-in counts for a person who has neither a password nor a second factor here. */
const freshFor = 10 * minute;

/** What is asked for; undefined: it was shown a moment ago. */
export type Proof = 'code' | 'password' | 'sign_in';

export function proofAsked(req: Request, res: Response, { hasPassword }: { hasPassword: boolean }): Proof | undefined {
  if (whoIs(res).secondFactor) return asksForCode(res) ? 'code' : undefined;
  if (hasPassword) return 'password';
  return Date.now() - (req.session.signedInAt ?? 0) > freshFor ? 'sign_in' : undefined;
}

/** @returns what is wrong, by field; `sign_in` is none of the form @throws AppError 429 */
export async function proveAgain(
  deps: WebDeps,
  req: Request,
  res: Response,
  proof: Proof | undefined,
): Promise<Partial<Record<Proof, string>> | undefined> {
  if (proof === undefined) return undefined;
  if (proof === 'sign_in') return { sign_in: 'staff.identities.sign_in' };
  const wrong = proof === 'code' ? await checkCode(deps, req, whoIs(res).id) : await checkPassword(deps, req, res);
  return wrong === undefined ? undefined : { [proof]: wrong };
}

async function checkPassword(deps: WebDeps, req: Request, res: Response): Promise<string | undefined> {
  const { db, index } = deps;
  const { id, username } = whoIs(res);
  const typed = textOf(req.body, 'password');
  if (typed === '') return 'field.password_empty';
  const keys = { account: index.hash('staff_login', username), address: addressKey(deps, req) };
  const wait = await takeLoginTry(db, keys);
  if (wait > 0) throw tooMany(wait);
  if (!(await verifyOwnPassword(db, id, typed))) return 'field.password_wrong';
  await forgetLoginTries(db, keys.account);
  return undefined;
}
