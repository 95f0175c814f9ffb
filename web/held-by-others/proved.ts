import type { Request } from 'express';
import { openFromSession, sealForSession } from '../../store/people/session-secret.ts';
import type { WebDeps } from '../deps.ts';

declare module 'express-session' {
  interface SessionData {
    /** A number that was proved to see what others hold under it: sealed, until then in epoch milliseconds. */
    heldBy: { id: string; phone: string; until: number };
    /** What this browser asked for last, to be said once. */
    heldDone: { request: string } | { filed: string; due: number };
  }
}

const lifetime = 15 * 60_000;

/** What is put into the session once the number is proved. */
export function rememberProved({ cipher }: Pick<WebDeps, 'cipher'>, id: string, phone: string) {
  return { id, phone: sealForSession(cipher, { use: 'elsewhere', row: id }, phone), until: Date.now() + lifetime };
}

/** The number that this browser proved a while ago; undefined when it has to be proved. */
export function provedPhone({ cipher }: Pick<WebDeps, 'cipher'>, req: Request): string | undefined {
  const { heldBy } = req.session;
  if (!heldBy || heldBy.until < Date.now()) return undefined;
  return openFromSession(cipher, { use: 'elsewhere', row: heldBy.id }, heldBy.phone);
}
