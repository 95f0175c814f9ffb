import type { Request } from 'express';
import type { SessionData } from 'express-session';
import { stillServes } from '../../store/staff/identity.ts';
import { holdsPassword } from '../../store/staff/staff-password.ts';
import type { WebDeps } from '../deps.ts';
import { endSession, renewSession } from '../middleware/sessions.ts';
import { deviceOf } from './device.ts';
import './session.ts';

interface Proved {
  staff: string;
  /** Of the password that they proved to know, where it is at hand. */
  hash?: string;
  /** When the second factor was shown, epoch ms. */
  provedAt?: number;
  /** Signed in by the university: no password of ours is asked for. */
  university?: SessionData['university'];
}

/**
 * A new session of somebody who proved who they are. It is looked at once more when it is there: a reset that came meanwhile
 * has ended those sessions only that it saw.
 *
 * @returns false where nobody is signed in, and the session is over
 */
export async function signIn({ db }: Pick<WebDeps, 'db'>, req: Request, proved: Proved): Promise<boolean> {
  const { staff, hash, provedAt, university } = proved;
  await renewSession(req, {
    staff,
    signedInAt: Date.now(),
    device: deviceOf(req.get('user-agent')),
    ...(provedAt && { provedAt }),
    ...(university && { university }),
  });
  if (await (university ? stillServes(db, staff) : holdsPassword(db, staff, hash))) return true;
  await endSession(req);
  return false;
}
