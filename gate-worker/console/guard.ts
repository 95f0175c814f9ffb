import type { Request, RequestHandler, Response } from 'express';
import { chooseLanguage, type Language, languages, translator } from '../../platform/i18n.ts';
import type { ConsoleSessions } from './sessions.ts';

/** What every request of the page passes first: language, origin, login. */

export const sessionCookie = 'xm_gate';
const languageCookie = 'xm_gate_language';
const year = 365 * 24 * 3600_000;

export const cookieOptions = (req: Request) =>
  ({ httpOnly: true, sameSite: 'strict', secure: req.secure, path: '/' }) as const;

export function readCookie(req: Request, name: string): string | undefined {
  const pair = req.headers.cookie?.split(/; */).find((one) => one.startsWith(`${name}=`));
  return pair?.slice(name.length + 1);
}

/** `?lang=` is remembered; else what was remembered, else the browser's wish. */
export const language: RequestHandler = (req, res, next) => {
  const asked = known(req.query.lang);
  if (asked) res.cookie(languageCookie, asked, { ...cookieOptions(req), maxAge: year });
  speak(res, asked ?? known(readCookie(req, languageCookie)) ?? chooseLanguage(req.get('accept-language')));
  next();
};

const known = (value: unknown): Language | undefined => languages.find((one) => one === value);

function speak(res: Response, chosen: Language): void {
  res.locals.lang = chosen;
  res.locals.t = translator(chosen);
}

/** Only the page itself may post: `Sec-Fetch-Site`, or where a browser sends none (plain http), `Origin`. */
export const sameOrigin: RequestHandler = (req, res, next) => {
  if (req.method === 'GET' || req.method === 'HEAD') return next();
  const site = req.get('sec-fetch-site');
  if (site === undefined ? originHost(req) === req.get('host') : site === 'same-origin') return next();
  res.status(403);
  next(new Error('A post from elsewhere'));
};

/** By host alone: a proxy may end TLS without saying so. */
function originHost(req: Request): string | undefined {
  const origin = req.get('origin');
  return origin !== undefined && URL.canParse(origin) ? new URL(origin).host : undefined;
}

/** Who logged in by a PIN of their own. */
export const guardOf = (res: Response): string | undefined => res.locals.guard?.id;

/** Without a login only the login page is there. Pages find the guard in `locals.guard`, where one logged in. */
export function signedIn(sessions: ConsoleSessions): RequestHandler {
  return (req, res, next) => {
    const id = readCookie(req, sessionCookie);
    const onDuty = id === undefined ? undefined : sessions.whose(id);
    if (onDuty) {
      res.locals.guard = onDuty.guard;
      return next();
    }
    // A script asks by fetch: it is told to load the page anew.
    if (req.get('x-fragment')) return void res.status(401).end();
    res.redirect(303, '/login');
  };
}
