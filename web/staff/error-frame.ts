import type { Request, Response } from 'express';
import type { Staff } from '../../store/staff/staff.ts';
import type { WebDeps } from '../deps.ts';
import { fillNavigation, findSignedIn } from './guard.ts';

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
  const at = sections.find(({ home, may }) => may(staff) && (req.path === home || req.path.startsWith(`${home}/`)));
  return at ? { current: at.name, home: at.home, words: `staff.nav.${at.name}` } : inbox;
}

const inbox: ErrorFrame = { current: '', home: '/inbox', words: 'staff.nav.inbox' };

const admin = ({ isAdmin }: Staff) => isAdmin;
const auditing = ({ isAdmin, roles }: Staff) => isAdmin || roles.includes('auditor');

const sections: { name: string; home: string; may: (staff: Staff) => boolean }[] = [
  { name: 'inbox', home: '/inbox', may: () => true },
  { name: 'security', home: '/security', may: ({ roles }) => roles.includes('security') },
  { name: 'reservations', home: '/admin/reservations', may: auditing },
  { name: 'audit', home: '/admin/audit', may: auditing },
  { name: 'recoveries', home: '/admin/recoveries', may: admin },
  { name: 'faults', home: '/admin/faults', may: admin },
  { name: 'staff', home: '/admin/staff', may: admin },
  { name: 'policies', home: '/admin/policies', may: admin },
  { name: 'content', home: '/admin/content', may: admin },
];
