import type { Request } from 'express';
import type { BlindHash } from '../../platform/crypto.ts';
import { tooMany } from '../../platform/errors.ts';
import { forgetLoginTries, takeLoginTry } from '../../store/staff/login-limit.ts';
import { takeSecondFactor } from '../../store/staff/second-factor.ts';
import type { WebDeps } from '../deps.ts';
import { codeTyped } from '../form-value.ts';
import { addressKey } from '../network.ts';

/** The code of the second factor, wherever it is asked for: by an app, or one of the ten on paper. */

const accountKey = ({ index }: Pick<WebDeps, 'index'>, staff: string): BlindHash => index.hash('staff_code', staff);

/** As often as a password may be tried. @throws AppError 429 */
export async function takeCodeTry(deps: WebDeps, req: Request, staff: string): Promise<void> {
  const wait = await takeLoginTry(deps.db, { account: accountKey(deps, staff), address: addressKey(deps, req) });
  if (wait > 0) throw tooMany(wait);
}

/**
 * Takes the code in the form's field `code`, once. The session knows from then on when it was shown.
 * @returns what is wrong with it: a catalogue key
 * @throws AppError 429
 */
export async function checkCode(deps: WebDeps, req: Request, staff: string): Promise<string | undefined> {
  const typed = codeTyped(req.body);
  if (typed === '') return 'field.code_empty';
  await takeCodeTry(deps, req, staff);
  const { db, cipher, index } = deps;
  const by = await db.transaction((trx) => takeSecondFactor({ trx, cipher, index, staff }, typed, new Date()));
  if (!by) return 'field.app_code_wrong';
  await forgetLoginTries(db, accountKey(deps, staff));
  req.session.provedAt = Date.now();
  return undefined;
}
