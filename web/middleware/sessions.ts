import { randomBytes } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import session from 'express-session';
import { day, hour } from '../../domain/time.ts';
import { currentNotice } from '../../store/content/notice.ts';
import {
  findStaffSession,
  findVisitorSession,
  type KeptStaffSession,
  type KeptVisitorSession,
} from '../../store/people/session.ts';
import { cookieName, cookieOptions } from '../cookies.ts';
import type { WebDeps } from '../deps.ts';
import { SessionStore } from './session-store.ts';

/** How long a session lives without being used. */
const lifetimes = { visitor: 30 * day, staff: 2 * hour };

const visitors = new WeakMap<object, KeptVisitorSession>();
const staffMembers = new WeakMap<object, KeptStaffSession>();

/** The visitor or staff member whom this request's session belongs to; undefined for a new session, as after a login. */
export const visitorOfSession = (req: Request): KeptVisitorSession | undefined => visitors.get(req);
export const staffOfSession = (req: Request): KeptStaffSession | undefined => staffMembers.get(req);

function storeOf(use: 'visitor' | 'staff', { settings, db, cipher, reads, log }: WebDeps): session.Store {
  if (use === 'visitor') {
    return new SessionStore<KeptVisitorSession>({
      use,
      reads,
      log,
      find: async (sid) => findVisitorSession(reads, cipher, sid, (await currentNotice(db, 'filling')).id),
      bring: (req, found) => visitors.set(req, found),
    });
  }
  const demo = settings.XIAOMEN_MODE === 'demo';
  return new SessionStore<KeptStaffSession>({
    use,
    reads,
    log,
    find: (sid) => findStaffSession(reads, sid, { demo }),
    bring: (req, found) => staffMembers.set(req, found),
  });
}

const lostSessions = new WeakMap<object, string>();

/** The id, signed by us, with which this browser came although the session is not there any more. */
export const lostSession = (req: Request): string | undefined => lostSessions.get(req);

/** express-session asks for an id while the one that a browser brought and nobody knows still stands in the request. */
function newId(req: Request): string {
  if (req.sessionID && !req.session) lostSessions.set(req, req.sessionID);
  return randomBytes(32).toString('base64url');
}

/** Two stores in PostgreSQL: revocable, true across replicas. Nothing is stored before there is something to keep. */
export function sessionOf(use: 'visitor' | 'staff', deps: WebDeps): RequestHandler {
  const { settings, keys } = deps;
  const lifetime = lifetimes[use];
  const handler = session({
    name: cookieName(use, settings.PUBLIC_URL),
    secret: keys.session,
    genid: newId,
    resave: false,
    saveUninitialized: false,
    cookie: { ...cookieOptions(settings.PUBLIC_URL), maxAge: lifetime },
    store: storeOf(use, deps),
  });
  const https = settings.PUBLIC_URL.startsWith('https:');
  return (req, res, next) => {
    // A proxy may end TLS without saying so: PUBLIC_URL decides whether visitors come by https.
    if (https) Object.defineProperty(req, 'secure', { value: true });
    handler(req, res, (error?: unknown) => {
      if (error) return next(error);
      if (use === 'visitor' || !asksByItself(req)) prolong(req, lifetime);
      next();
    });
  };
}

/** A page of staff that is open asks for what is new: nobody need be there. */
const asksByItself = (req: Request): boolean => req.method === 'GET' && req.get('hx-request') !== undefined;

/** Writes the session back at most once a tenth of its life: a page view is not a database write. */
function prolong(req: Request, lifetime: number): void {
  const { session: current } = req;
  if (current.keptAt === undefined) return;
  if (Date.now() - current.keptAt > lifetime / 10) {
    current.keptAt = Date.now();
    current.cookie.maxAge = lifetime;
  }
}

/**
 * A new session id at every login; what the old session held is gone unless carried over; a form that waits for its
 * owner always is. It is kept before this
 * resolves: a browser follows a redirect as soon as it reads its head, and would come with an id nobody knows yet.
 */
export async function renewSession(req: Request, carry: Partial<session.SessionData> = {}): Promise<void> {
  const { keptForm, visitor } = req.session;
  const { sessionStore } = req;
  const stood = sessionStore instanceof SessionStore && (await sessionStore.end(req.sessionID));
  // The person whom this session knew, and is to know again, was signed out while the request was on its way.
  const { visitor: next, ...others } = carry;
  const carried = !stood && visitor !== undefined && next === visitor ? others : carry;
  await new Promise<void>((resolve, reject) => {
    req.session.regenerate((error: unknown) => (error ? reject(error) : resolve()));
  });
  visitors.delete(req);
  staffMembers.delete(req);
  Object.assign(req.session, keptForm ? { keptForm } : {}, carried, { keptAt: Date.now() });
  await saveSession(req);
}

export function saveSession(req: Request): Promise<void> {
  return new Promise((resolve, reject) => {
    req.session.save((error: unknown) => (error ? reject(error) : resolve()));
  });
}

export function endSession(req: Request): Promise<void> {
  return new Promise((resolve, reject) => {
    req.session.destroy((error: unknown) => (error ? reject(error) : resolve()));
  });
}

/** Pages that the browser kept go with their session: Back shows none of them after somebody has signed out. */
export const forgetPages = (res: Response): Response => res.set('Clear-Site-Data', '"cache"');
