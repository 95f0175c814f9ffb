import type { Request } from 'express';
import type { CodeOwner, CodePurpose } from '../../store/people/phone-code.ts';
import type { WebDeps } from '../deps.ts';

declare module 'express-session' {
  interface SessionData {
    /** How many codes this browser was sent. */
    codesSent: number;
    /** A proved phone whose account lay idle: its id, and the phone sealed, until who it is has been settled. */
    idle: { visitor: string; id: string; phone: string; until: number; back: string };
  }
}

/** A code is good for one phone in one session, for one purpose. */
export function codeOwner(
  { index }: Pick<WebDeps, 'index'>,
  req: Request,
  phone: string,
  purpose: CodePurpose = 'login',
): CodeOwner {
  return { phone: index('phone', phone), session: index('session', req.sessionID), purpose };
}
