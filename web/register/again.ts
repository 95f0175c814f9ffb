import type { Request } from 'express';
import { minute } from '../../domain/time.ts';
import { findRedeemed } from '../../store/people/phone-code.ts';
import { takeSessionOpenedBy, takeSessionSettledBy } from '../../store/people/session.ts';
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
  return opened ? carryOver(req, opened) : false;
}

/** How long the form about an idle account may come once more. */
const repeatFor = 5 * minute;

/**
 * The answer to the form about an idle account may be lost as well: what it said and the session that it was sent from open
 * once more what they opened, in the same way.
 *
 * @param said what the form said, as one text
 */
export async function settleAgain(deps: WebDeps, req: Request, said: string): Promise<boolean> {
  const before = lostSession(req);
  const opened = before !== undefined && (await takeSessionSettledBy(deps.reads, formsOf(deps, before, said)));
  return opened ? carryOver(req, opened) : false;
}

/** Keeps in the session that is about to open which form opens it, and where that leads. */
export function rememberSettled(deps: Pick<WebDeps, 'index'>, req: Request, said: string, back: string): void {
  req.session.settled = {
    by: deps.index(...formOf(req.sessionID, said)).toString('base64url'),
    until: Date.now() + repeatFor,
    back,
  };
}

const formOf = (session: string, said: string): [string, string] => ['settled', `${session}\0${said}`];
const formsOf = ({ index }: Pick<WebDeps, 'index'>, session: string, said: string): string[] =>
  index.every(...formOf(session, said)).map((hash) => hash.toString('base64url'));

async function carryOver(req: Request, { cookie: _, ...carried }: Record<string, unknown>): Promise<true> {
  await renewSession(req, carried);
  return true;
}
