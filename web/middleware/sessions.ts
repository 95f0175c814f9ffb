import { randomBytes } from 'node:crypto';
import connectPgSimple from 'connect-pg-simple';
import type { Request, RequestHandler } from 'express';
import session from 'express-session';
import { cookieName, cookieOptions } from '../cookies.ts';
import type { WebDeps } from '../deps.ts';

const day = 24 * 3600_000;
/** How long a session lives without being used. */
const lifetimes = { visitor: 30 * day, staff: day / 2 };

/** Two stores in PostgreSQL: revocable, true across replicas. Nothing is stored before there is something to keep. */
export function sessionOf(use: 'visitor' | 'staff', { settings, pool, keys, log }: WebDeps): RequestHandler {
  const Store = connectPgSimple(session);
  const lifetime = lifetimes[use];
  const handler = session({
    name: cookieName(use, settings.PUBLIC_URL),
    secret: keys.session,
    genid: () => randomBytes(32).toString('base64url'),
    resave: false,
    saveUninitialized: false,
    cookie: { ...cookieOptions(settings.PUBLIC_URL), maxAge: lifetime },
    store: new Store({
      pool,
      tableName: `${use}_session`,
      disableTouch: true,
      errorLog: (...what: unknown[]) => log.warn({ err: what.find((item) => item instanceof Error) }, 'sessions'),
    }),
  });
  const https = settings.PUBLIC_URL.startsWith('https:');
  return (req, res, next) => {
    // A proxy may end TLS without saying so: PUBLIC_URL decides whether visitors come by https.
    if (https) Object.defineProperty(req, 'secure', { value: true });
    handler(req, res, (error?: unknown) => {
      if (error) return next(error);
      prolong(req, lifetime);
      next();
    });
  };
}

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
 * A new session id at every login; what the old session held is gone unless carried over. It is kept before this
 * resolves: a browser follows a redirect as soon as it reads its head, and would come with an id nobody knows yet.
 */
export async function renewSession(req: Request, carry: Partial<session.SessionData> = {}): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    req.session.regenerate((error: unknown) => (error ? reject(error) : resolve()));
  });
  Object.assign(req.session, carry, { keptAt: Date.now() });
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
