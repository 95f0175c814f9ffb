import { randomBytes, randomUUID } from 'node:crypto';
import type { Request } from 'express';
import type { FieldCipher } from '../../platform/crypto.ts';
import { openFromSession, sealForSession } from '../../store/people/session-secret.ts';

/** What a visitor's session keeps on the way through WeChat. The row is plain JSON: the openid lies in it sealed. */
declare module 'express-session' {
  interface SessionData {
    wechat: {
      /** Authorisations that were begun in this browser; each answers once. */
      asked?: AskedState[];
      /** The person whom WeChat named and who has no account here yet, until they register or bind. */
      person?: { id: string; sealed: string; until: number; back: string };
      /** How often a used-up code was started again; ends a circle. */
      restarts?: number;
    };
    /** How this visitor came in; kept with consents. */
    channel: 'browser' | 'wechat';
  }
}

export interface AskedState {
  state: string;
  until: number;
  /** A path of our own. */
  back: string;
}

const lifetime = 5 * 60_000;
/** Double taps begin more than one; more than this is no person. */
const mostAsked = 3;
const personLifetime = 30 * 60_000;

/** Begins an authorisation: random, single use, this browser only, five minutes. */
export function askState(req: Request, back: string, now = Date.now()): string {
  const state = randomBytes(24).toString('base64url');
  const asked = (req.session.wechat?.asked ?? []).filter(({ until }) => until > now).slice(1 - mostAsked);
  req.session.wechat = { ...req.session.wechat, asked: [...asked, { state, until: now + lifetime, back }] };
  forgetSoon(req);
  return state;
}

/** Takes the state out of the session; undefined when it was never asked here, is used up, or too old. */
export function takeState(req: Request, state: string, now = Date.now()): AskedState | undefined {
  const asked = req.session.wechat?.asked ?? [];
  const found = asked.find((one) => one.state === state);
  if (found) req.session.wechat = { ...req.session.wechat, asked: asked.filter((one) => one !== found) };
  return found && found.until > now ? found : undefined;
}

/** Anybody may begin, as often as they like: a session that nobody signs in to ends, and all that is kept in it. */
function forgetSoon(req: Request): void {
  const { visitor, openedPasses } = req.session;
  if (!visitor && !openedPasses) req.session.cookie.maxAge = personLifetime;
}

export function rememberPerson(req: Request, cipher: FieldCipher, openid: string, back: string): void {
  const id = randomUUID();
  const sealed = sealForSession(cipher, { use: 'sess', row: id }, openid);
  req.session.wechat = { ...req.session.wechat, person: { id, sealed, until: Date.now() + personLifetime, back } };
  forgetSoon(req);
}

/** The openid that waits to be bound in this session; 30 minutes. */
export function pendingOpenid(req: Request, cipher: FieldCipher): string | undefined {
  const person = req.session.wechat?.person;
  if (!person || person.until < Date.now()) return undefined;
  return openFromSession(cipher, { use: 'sess', row: person.id }, person.sealed);
}

/** Where the person wanted to go before being asked for a phone number. */
export const pendingBack = (req: Request): string => req.session.wechat?.person?.back ?? '/';

export function forgetPerson(req: Request): void {
  if (req.session.wechat) delete req.session.wechat.person;
}
