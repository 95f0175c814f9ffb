import type { Request, Response } from 'express';
import type { WebDeps } from '../deps.ts';
import { fillNavigation, findSignedIn } from './guard.ts';
import { sectionsOf } from './sections.ts';

/** An error on a page of staff stands within their frame: the navigation, and the way back to where its reader came from. */

export interface ErrorFrame {
  /** The entry of the navigation that the page belongs to; '' where its reader has none. */
  current: string;
  /** Where the way back leads: the path, and its words as a catalogue key. */
  home: string;
  words: string;
}

/** @returns nothing for somebody who is not signed in, or where the rows cannot be read */
export async function staffFrame(deps: WebDeps, req: Request, res: Response): Promise<ErrorFrame | undefined> {
  // The links in mails, and what machines call, have no session.
  const staff = (req.session as Request['session'] | undefined) && findSignedIn(req);
  if (!staff) return undefined;
  res.locals.staff = staff;
  try {
    await fillNavigation(deps, req, res);
  } catch {
    return undefined;
  }
  const at = sectionsOf(staff).find(({ home }) => req.path === home || req.path.startsWith(`${home}/`));
  return at ? { current: at.name, home: at.home, words: `staff.nav.${at.name}` } : inbox;
}

const inbox: ErrorFrame = { current: '', home: '/inbox', words: 'staff.nav.inbox' };
