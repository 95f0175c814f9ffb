import type { Request } from 'express';
import { findRedeemed } from '../../store/people/phone-code.ts';
import { takeSessionOpenedBy } from '../../store/people/session.ts';
import type { WebDeps } from '../deps.ts';
import { lostSession, renewSession } from '../middleware/sessions.ts';
import { codeOwner } from './session.ts';

/**
 * The answer to the code's form was lost on the way: the browser still has the session from before the login, which is
 * gone, and sends the same form again. Phone, code and that session together open once more what they opened, under
 * another new session id; the session that nobody received ends. What waits in it, as a WeChat to be bound, comes along.
 *
 * @returns whether that is how it was
 */
export async function openAgain(deps: WebDeps, req: Request, { phone, code }: { phone: string; code: string }) {
  const before = lostSession(req);
  if (before === undefined) return false;
  const redeemed = await findRedeemed(deps.db, deps.index, codeOwner(deps, before, phone), code);
  const opened = redeemed && (await takeSessionOpenedBy(deps.reads, redeemed));
  if (!opened) return false;
  const { cookie: _, ...carried } = opened;
  await renewSession(req, carried);
  return true;
}
