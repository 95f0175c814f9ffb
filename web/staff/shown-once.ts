import type { Request } from 'express';
import { openToShow, sealToShow } from '../../store/people/session-secret.ts';
import type { WebDeps } from '../deps.ts';
import { saveSession } from '../middleware/sessions.ts';
import './session.ts';

/**
 * A secret that its page shows once: a link that was made, recovery codes. It lies sealed in the session of the person who is
 * to see it, from the answer to their form to the page after it.
 */

/** @param of what it is about: another page of the same session does not show it */
export async function keepToShow({ cipher }: Pick<WebDeps, 'cipher'>, req: Request, of: string, text: string) {
  req.session.shownOnce = { of, sealed: sealToShow(cipher, of, text) };
  await saveSession(req);
}

export async function takeToShow(
  { cipher }: Pick<WebDeps, 'cipher'>,
  req: Request,
  of: string,
): Promise<string | undefined> {
  const { shownOnce } = req.session;
  if (shownOnce?.of !== of || req.method !== 'GET') return undefined;
  delete (req.session as Partial<typeof req.session>).shownOnce;
  await saveSession(req);
  return openToShow(cipher, of, shownOnce.sealed);
}
