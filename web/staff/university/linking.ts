import type { Request, RequestHandler, Response } from 'express';
import { minute } from '../../../domain/time.ts';
import { type Linked, linkIdentity } from '../../../store/staff/identity.ts';
import type { WebDeps } from '../../deps.ts';
import { saveSession } from '../../middleware/sessions.ts';
import { findSignedIn, staffOnly } from '../guard.ts';
import { recordAct } from '../recording.ts';
import type { Asked } from './asked.ts';
import type { Named } from './coming-in.ts';
import { toLoginWith, type UniversityProblem, type Way } from './ways.ts';

/** A person who is signed in links their own account to whom the university names. */

export const identitiesPage = '/staff/identities';

/** What that page says of an answer that linked nothing. */
export const linkingProblems = ['away', 'again', 'refused', 'taken', 'has_one'] as const;

/** Back to where the way to the university began, without anybody named. */
export function toBeginning(res: Response, why: UniversityProblem, { link, back }: Partial<Asked<unknown>>): void {
  if (link) res.redirect(303, `${identitiesPage}?problem=${why}`);
  else toLoginWith(res, why, back);
}

/** After `allowLinking` alone, once. */
export function mayLink(way: Way): RequestHandler[] {
  const allowed: RequestHandler = async (req, res, next) => {
    const isAllowed = linkingWay(req) === way;
    delete (req.session as Partial<typeof req.session>).linking;
    if (isAllowed) return next();
    res.redirect(303, identitiesPage);
  };
  return [staffOnly, allowed];
}

/** The university that the owner of this session may go to now. */
export function linkingWay({ session: { linking } }: Request): Way | undefined {
  return linking && linking.until > Date.now() ? linking.way : undefined;
}

/**
 * They have shown who they are. The page leads on by a link: browsers follow no form to another site, which the content policy
 * forbids.
 */
export async function allowLinking(req: Request, way: Way): Promise<void> {
  req.session.linking = { way, until: Date.now() + 5 * minute };
  await saveSession(req);
}

/** The session that asked is still theirs: another person who signed in meanwhile gets nothing of it. */
export async function linkOwn(
  deps: WebDeps,
  { req, res }: { req: Request; res: Response },
  named: Named,
  staff: string,
): Promise<void> {
  const signedIn = findSignedIn(req);
  if (signedIn?.id !== staff) return toLoginWith(res, 'again');
  res.locals.staff = signedIn;
  const { by } = named.university;
  const subject = { kind: 'staff', id: staff } as const;
  const linked = await deps.db.transaction(async (trx): Promise<Linked> => {
    const done = await linkIdentity(trx, named, staff);
    if (done === 'linked') {
      await recordAct(deps, req, res, { action: 'staff_identity_linked', subject, detail: { by, own: true } }, trx);
    } else if (done !== 'same') {
      await recordAct(deps, req, res, { action: 'staff_identity_refused', subject, detail: { by, why: done } }, trx);
    }
    return done;
  });
  if (linked === 'left') return toLoginWith(res, 'left');
  const isDone = linked === 'linked' || linked === 'same';
  res.redirect(303, isDone ? `${identitiesPage}?linked` : `${identitiesPage}?problem=${linked}`);
}
