import type { Request, RequestHandler } from 'express';
import { minute } from '../../../domain/time.ts';
import { tooMany } from '../../../platform/errors.ts';
import { takeAttempt } from '../../../store/people/attempt.ts';
import { openToShow, sealToShow } from '../../../store/people/session-secret.ts';
import type { WebDeps } from '../../deps.ts';
import { saveSession } from '../../middleware/sessions.ts';
import { addressKey } from '../../network.ts';
import '../session.ts';

/** What a browser keeps, sealed in its session, on the way to the university's sign-in and back. */

const lifetime = 10 * minute;
const use = 'sign-in by the university';

export interface Asked<Secrets> {
  secrets: Secrets;
  /** Where it leads in the end. */
  back: string;
  /** The account that its owner, who is signed in, wants to link; left out: somebody signs in. */
  link?: string;
}

export async function keepAsked<S>({ cipher }: Pick<WebDeps, 'cipher'>, req: Request, asked: Asked<S>): Promise<void> {
  req.session.asked = sealToShow(cipher, use, JSON.stringify({ ...asked, until: Date.now() + lifetime }));
  req.session.keptAt ??= Date.now();
  await saveSession(req);
}

/** Takes it, before anything is tried: an answer counts once. @returns nothing where none is waited for any more */
export async function takeAsked<S>({ cipher }: Pick<WebDeps, 'cipher'>, req: Request): Promise<Asked<S> | undefined> {
  const { asked } = req.session;
  if (!asked) return undefined;
  delete (req.session as Partial<typeof req.session>).asked;
  await saveSession(req);
  const { until, ...kept } = JSON.parse(openToShow(cipher, use, asked)) as Asked<S> & { until: number };
  return until > Date.now() ? kept : undefined;
}

/** Each way out is a call to the provider and a row of ours: so many from one address. */
export function mayAsk(deps: Pick<WebDeps, 'db' | 'index'>): RequestHandler {
  return async (req, _res, next) => {
    const limits = [{ most: 200, seconds: 15 * 60 }];
    const wait = await takeAttempt(deps.db, [{ kind: 'university_sign_in', key: addressKey(deps, req), limits }]);
    next(wait > 0 ? tooMany(wait) : undefined);
  };
}
