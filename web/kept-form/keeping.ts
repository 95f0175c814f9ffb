import ejs from 'ejs';
import type { Request, RequestHandler, Response } from 'express';
import { isTooOld } from '../../domain/release.ts';
import { AppError } from '../../platform/errors.ts';
import { takeAttempt } from '../../store/people/attempt.ts';
import { dropKeptForm, type KeptBody, keepForm, takeKeptForm } from '../../store/people/kept-form.ts';
import type { WebDeps } from '../deps.ts';
import { isTicked, textOf } from '../form-value.ts';
import { saveSession } from '../middleware/sessions.ts';
import { addressKey } from '../network.ts';
import '../reservations/invited-session.ts';
import { ownPath } from '../own-path.ts';
import { consents, fillForm, intoForms } from './filling.ts';
import { ownershipOf } from './in-whose-name.ts';
import { markFor, readMark } from './mark.ts';

/**
 * A session that ends while a form is filled loses nothing: the form is kept sealed, the login leads back to its page,
 * and the page shows what was typed, to the person whom the form was drawn for and to nobody else. Every form with
 * fields takes part: when its page is sent, its owner and its address are written into it. A page that has to draw itself differently for what
 * was typed asks `takeKept`; all the others are filled as they are.
 */
declare module 'express-session' {
  interface SessionData {
    /** A kept form that waits: for its owner to sign in, or where its page was too old, to be loaded anew. */
    keptForm: { id: string; path: string; action: string; because?: 'page' };
  }
}

/** Visitors or staff: who is signed in, and where somebody who is not goes. */
export interface Side {
  who(req: Request, res: Response): string | undefined;
  login: string;
}

const lifetime = 3600_000;
/** A browser that never had a session has no form to keep; one that had may do it so often. */
const keptLimits = [{ most: 20, seconds: 3600 }];
/** What the form says about itself, in hidden fields. */
const about = ['form_owner', 'form_path', 'form_action', 'form_release', 'form_again'];
/** Fields that prove something at one moment only, and ticks of agreement. */
const neverKept = new Set([...about, ...consents, 'code', 'new_code', 'challenge']);
const isPassword = (name: string): boolean => name.includes('password');

/** Methods that change nothing. */
const safe = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Stands before every route of its side, once it is known who is signed in: nothing gets past it that was drawn for
 * somebody else.
 */
export function keepForms(deps: WebDeps, side: Side): RequestHandler {
  return async (req, res, next) => {
    const who = side.who(req, res);
    if (who) {
      let mark: string | undefined;
      res.locals.formOwner = () => {
        mark ??= markFor(deps, who);
        return mark;
      };
      res.locals.fileAgain = req.method === 'GET' && req.query.file === 'again';
      drawForms(deps, { req, res, who });
      if (!safe.has(req.method)) await mustBeOwn(deps, { req, res, who });
      if (!isOfOldPage(deps, req)) return next();
      // Never on to its route: who asked for the page anew has submitted nothing, also where there is no way back to it.
      const anew = (await keep(deps, { req, res, who }, 'page')) ?? ownPath(textOf(req.body, 'form_path'), '/');
      return res.redirect(303, anew);
    }
    if (req.method !== 'POST') return next();
    const path = req.is('multipart/form-data') ? fileAgain(req) : await keep(deps, { req, res });
    if (!path) return next();
    const target = `${side.login}?return=${encodeURIComponent(path)}`;
    if (req.get('hx-request')) res.set('HX-Redirect', target).status(204).end();
    else res.redirect(303, target);
  };
}

/**
 * @throws AppError `form_of_another` (409) with what was typed kept for whom it was drawn, `form_of_nobody` (403) where
 * nothing says for whom that was
 */
async function mustBeOwn(deps: WebDeps, { req, res, who }: Drawing): Promise<void> {
  const ownership = ownershipOf(deps, req, who);
  if (ownership === 'own') return;
  if (ownership === 'unknown') throw new AppError('form_of_nobody', { status: 403 });
  // A file is not kept, and its page alone would not say what to do.
  res.locals.keptPath = req.is('multipart/form-data') ? undefined : await keep(deps, { req, res, who }, 'of_another');
  throw new AppError('form_of_another', { status: 409 });
}

/** Whether the page is to be loaded anew before its form is taken: it is too old, or `xiaomen.js` was told so. */
const isOfOldPage = ({ release }: WebDeps, { method, body }: Request): boolean =>
  method === 'POST' && (isTicked(body, 'form_again') || isTooOld(textOf(body, 'form_release'), release));

/**
 * @param because a page of the person who is signed in is too old, or it was drawn for another one; left out: nobody is signed in
 * @returns where the form stands, once it is kept; undefined where it does not say whose it is
 * @throws AppError `form_not_kept` (409): nothing that was typed goes without a word, so its page carries it
 */
async function keep(
  deps: WebDeps,
  { req, res, who }: Pick<Drawing, 'req' | 'res'> & Partial<Pick<Drawing, 'who'>>,
  because?: 'page' | 'of_another',
): Promise<string | undefined> {
  // One that is too large to be read at all, as `bodies` looks at it.
  if (req.body === undefined && res.locals.mayKeep === false) throw notKept();
  const path = ownPath(textOf(req.body, 'form_path'), '');
  const owner = readMark(deps, textOf(req.body, 'form_owner'));
  if (!path || !owner) return undefined;
  // Of their own page a session has one that waits, however often that grows old.
  if (because === 'page') await dropWaiting(deps, req);
  else if (!(await mayKeep(deps, req, res, who))) throw notKept();
  const fields = Object.entries(req.body as KeptBody).filter(([name]) => !neverKept.has(name) && !isPassword(name));
  const action = textOf(req.body, 'form_action') || req.originalUrl;
  const id = await keepForm(deps.db, deps, { owner, path, body: Object.fromEntries(fields) });
  if (!id) throw notKept();
  req.session.keptForm = { id, path, action, ...(because === 'page' && { because }) };
  req.session.keptAt = Date.now();
  // A session that is made for this lives as long as the form; that of somebody else who is signed in stays as it is.
  if (!res.locals.formOwner) req.session.cookie.maxAge = lifetime;
  await saveSession(req);
  return path;
}

const notKept = (): AppError => new AppError('form_not_kept', { status: 409 });

const dropWaiting = async ({ db }: WebDeps, { session }: Request): Promise<void> => {
  if (session.keptForm?.because === 'page') await dropKeptForm(db, session.keptForm.id);
};

/** A file is not kept: its page says so. Both pages that take one stand where it is sent, or one step above. */
function fileAgain(req: Request): string {
  const { pathname, searchParams } = new URL(req.originalUrl, 'http://own.invalid');
  searchParams.delete('form_owner');
  const search = searchParams.size > 0 ? `?${searchParams}` : '';
  const page = pathname.replace(/^(\/profile\/photos)\/.*/, '$1');
  return ownPath(`${page}${search}${search ? '&' : '?'}file=again`, '/');
}

/** Asked once a request. @returns whether somebody who is signed in, or else this address, may leave one more form */
export async function mayKeep(deps: WebDeps, req: Request, res: Response, who?: string): Promise<boolean> {
  // An office behind one address sends all its old pages on the day of a release.
  const key = who ? deps.index.hash('kept_form', who) : addressKey(deps, req);
  const attempt = { kind: 'kept_form', key, limits: keptLimits } as const;
  res.locals.mayKeep ??= (await takeAttempt(deps.db, [attempt])) === 0;
  return res.locals.mayKeep;
}

interface Drawing {
  req: Request;
  res: Response;
  /** Who is signed in. */
  who: string;
}

/** Pages go out with forms that can be kept, and the page that a kept one waits for with what was typed. */
function drawForms(deps: WebDeps, { req, res, who }: Drawing): void {
  const render = res.render.bind(res);
  res.render = (view: string, locals: object = {}) => {
    const told = ownPath(textOf(req.body, 'form_path'), '');
    if (req.method === 'POST' && told && res.locals.path === '/') res.locals.path = told;
    const send = async (): Promise<void> => {
      const kept = req.method === 'GET' && res.statusCode === 200 ? await take(deps, req, who) : undefined;
      const html = await drawn((done) => render(view, locals, done));
      const words = res.locals.t(kept?.because ? 'layout.page_anew' : 'layout.form_kept');
      const before = `<div class="notice" role="status">${words}</div>\n`;
      const filled = kept && fillForm(html, { ...kept, before });
      res.send(owned({ req, res, who }, filled ?? html));
    };
    send().catch(req.next);
  };
}

const drawn = (render: (done: (error: Error, html: string) => void) => void): Promise<string> =>
  new Promise((resolve, reject) => {
    render((error, html) => (error ? reject(error) : resolve(html)));
  });

/** A page that answers a form stands where the form stood. */
function owned({ req, res }: Drawing, html: string): string {
  const told = textOf(req.body, 'form_path') || res.locals.path;
  const path =
    req.method === 'GET' ? req.originalUrl : ownPath(told === req.originalUrl || told === '/' ? '' : told, '');
  const hidden = (name: string, value: string) => `<input type="hidden" name="${name}" value="${value}">`;
  const place = path && hidden('form_path', ejs.escapeXML(path));
  return intoForms(html, {
    mark: res.locals.formOwner,
    inside: (action, isTyped) =>
      hidden('form_owner', res.locals.formOwner()) +
      (path && isTyped ? place + hidden('form_action', action) + hidden('form_release', res.locals.release) : ''),
  });
}

/** Whether a form waits on that page for another person: then it outlives the sign-out of the one who is signed in. */
export const waitsAt = ({ session }: Request, path: string): boolean => path !== '' && session.keptForm?.path === path;

/** Where a visitor goes on from a step that stood in the way: to an invitation they have not accepted yet, or to the form that waits for them. */
export const waitingPath = ({ session: { joining, visitInvitation, keptForm } }: Request): string | undefined =>
  joining ? '/join' : (keptForm?.path ?? (visitInvitation ? '/invitation' : undefined));

/**
 * Takes what was typed before the session ended, once: by the form's own page, when the visitor has reached it again.
 * Undefined on an ordinary visit of the page.
 *
 * @param action of the form in question, where the page has others beside it
 */
export async function takeKept(
  deps: WebDeps,
  req: Request,
  res: Response,
  action?: string,
): Promise<KeptBody | undefined> {
  if (action && req.session.keptForm?.action !== action) return undefined;
  const kept = await take(deps, req, res.locals.visitor.id);
  res.locals.kept = kept;
  return kept?.body;
}

async function take(
  deps: WebDeps,
  req: Request,
  owner: string,
): Promise<{ action: string; body: KeptBody; because?: 'page' } | undefined> {
  const { keptForm } = req.session;
  if (keptForm?.path !== req.originalUrl) return undefined;
  const body = await takeKeptForm(deps.db, deps, { id: keptForm.id, owner });
  // Somebody else's goes on waiting for them.
  if (body) delete req.session.keptForm;
  return body && { ...keptForm, body };
}
