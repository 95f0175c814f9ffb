import type { Request } from 'express';
import type { CodeOwner, CodePurpose } from '../../store/people/phone-code.ts';
import type { WebDeps } from '../deps.ts';

declare module 'express-session' {
  interface SessionData {
    /** How many codes this browser was sent. */
    codesSent: number;
    /** The code that opened this session. */
    cameBy: string;
    /**
     * The form about an idle account that opened this session, as a keyed hash of it and of the session it was sent from.
     * It may come once more until then, in epoch milliseconds, and leads to the same place.
     */
    settled: { by: string; until: number; back: string };
    /** A proved phone whose account lay idle: its id, and the phone sealed, until who it is has been settled. */
    idle: { visitor: string; id: string; phone: string; until: number; back: string };
  }
}

/** A code is good for one phone in one session, for one purpose. */
export function codeOwner(
  { index }: Pick<WebDeps, 'index'>,
  /** The request, or the id of the session that it came with. */
  asking: Pick<Request, 'sessionID'> | string,
  phone: string,
  purpose: CodePurpose = 'login',
): CodeOwner {
  const session = typeof asking === 'string' ? asking : asking.sessionID;
  return { phone: index.hash('phone', phone), session: index.hash('session', session), purpose };
}
