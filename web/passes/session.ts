import type { Request } from 'express';
import { renewSession, saveSession } from '../middleware/sessions.ts';

declare module 'express-session' {
  interface SessionData {
    /** Passes that a 访客验证码 opened in this browser. */
    openedPasses: string[];
  }
}

/** Enough for a family; the oldest falls off. */
const mostOpened = 20;

export const wasOpened = (req: Request, pass: string): boolean => req.session.openedPasses?.includes(pass) ?? false;

/** The code was right: from now on this browser may see the pass. A new session id, as at every login. */
export async function rememberOpened(req: Request, pass: string): Promise<void> {
  const { visitor, channel, openedPasses = [] } = req.session;
  await renewSession(req, {
    ...(visitor && { visitor }),
    ...(channel && { channel }),
    openedPasses: [pass, ...openedPasses.filter((other) => other !== pass)].slice(0, mostOpened),
  });
  await saveSession(req);
}
