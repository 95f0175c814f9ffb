import { timingSafeEqual } from 'node:crypto';
import ejs from 'ejs';
import type { Request, RequestHandler, Response } from 'express';
import { takeAttempt } from '../../store/people/attempt.ts';
import { type KeptBody, keepForm, takeKeptForm } from '../../store/people/kept-form.ts';
import type { WebDeps } from '../deps.ts';
import { textOf } from '../form-value.ts';
import { saveSession } from '../middleware/sessions.ts';
import { addressHash } from '../network.ts';
import { ownPath } from '../own-path.ts';
import { consents, fillForm, intoForms } from './filling.ts';

/**
 * A session that ends while a form is filled loses nothing: the form is kept sealed, the login leads back to its page,
 * and the page shows what was typed – to whom it was drawn for. Every form that somebody types into takes part: whose it
 * is, and where it stands, is written into it as its page is sent. A page that has to draw itself differently for what
 * was typed asks `takeKept`; all the others are filled as they are.
 */
declare module 'express-session' {
  interface SessionData {
    /** A kept form that waits for its owner to sign in. */
    keptForm: { id: string; path: string; action: string };
  }
}

/** Visitors or staff: who is signed in, and where somebody who is not goes. */
export interface Side {
  who(req: Request, res: Response): string | undefined;
  login: string;
}

const lifetime = 3600_000;
/** Whoever was never here has no form to keep; whoever was may do it so often. */
const keptLimits = [{ most: 20, seconds: 3600 }];
/** What the form says about itself, in hidden fields. */
const about = ['form_owner', 'form_path', 'form_action'];
/** What proves something at one moment only, and what is agreed to. */
const neverKept = new Set([...about, ...consents, 'code', 'new_code', 'password', 'challenge']);

/** Whose a form is: opaque, the same on each of their pages, and made by us only. */
export function formOwner(deps: Pick<WebDeps, 'index'>, who: string): string {
  const owner = deps.index('form_owner', who);
  return Buffer.concat([owner, sealOf(deps, owner)]).toString('base64url');
}

const ownerLength = 32;
const sealOf = ({ index }: Pick<WebDeps, 'index'>, owner: Buffer): Buffer =>
  index('form_owner_seal', owner.toString('base64url')).subarray(0, 16);

/** Stands before every route of its side, once it is known who is signed in. */
export function keepForms(deps: WebDeps, side: Side): RequestHandler {
  return async (req, res, next) => {
    const who = side.who(req, res);
    if (who) {
      res.locals.formOwner = () => formOwner(deps, who);
      res.locals.fileAgain = req.method === 'GET' && req.query.file === 'again';
      drawForms(deps, { req, res, who });
      return next();
    }
    if (req.method !== 'POST') return next();
    const path = req.is('multipart/form-data') ? fileAgain(req) : await keep(deps, req, res);
    if (!path) return next();
    const target = `${side.login}?return=${encodeURIComponent(path)}`;
    if (req.get('hx-request')) res.set('HX-Redirect', target).status(204).end();
    else res.redirect(303, target);
  };
}

/** @returns where the form stands, once it is kept */
async function keep(deps: WebDeps, req: Request, res: Response): Promise<string | undefined> {
  const path = ownPath(textOf(req.body, 'form_path'), '');
  const owner = ownerOf(deps, textOf(req.body, 'form_owner'));
  if (!path || !owner || !(await mayKeep(deps, req, res))) return undefined;
  const fields = Object.entries(req.body as KeptBody).filter(([name]) => !neverKept.has(name));
  const action = textOf(req.body, 'form_action') || req.originalUrl;
  const id = await keepForm(deps.db, deps, { owner, path, body: Object.fromEntries(fields) });
  if (!id) return path;
  req.session.keptForm = { id, path, action };
  req.session.keptAt = Date.now();
  req.session.cookie.maxAge = lifetime;
  await saveSession(req);
  return path;
}

/** A file is not kept: its page says so. Both pages that take one stand where it is sent, or one step above. */
function fileAgain(req: Request): string {
  const { pathname, search } = new URL(req.originalUrl, 'http://own.invalid');
  const page = pathname.replace(/^(\/profile\/photos)\/.*/, '$1');
  return ownPath(`${page}${search}${search ? '&' : '?'}file=again`, '/');
}

/** Asked once a request. @returns whether this address may leave one more form */
export async function mayKeep(deps: WebDeps, req: Request, res: Response): Promise<boolean> {
  const attempt = { kind: 'kept_form', key: addressHash(deps, req), limits: keptLimits } as const;
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
    const send = async (): Promise<void> => {
      const kept = req.method === 'GET' && res.statusCode === 200 ? await take(deps, req, who) : undefined;
      const html = await drawn((done) => render(view, locals, done));
      const before = `<div class="notice" role="status">${res.locals.t('layout.form_kept')}</div>\n`;
      const filled = kept && fillForm(html, { ...kept, before });
      res.send(owned(deps, { req, res, who }, filled ?? html));
    };
    send().catch(req.next);
  };
}

const drawn = (render: (done: (error: Error, html: string) => void) => void): Promise<string> =>
  new Promise((resolve, reject) => {
    render((error, html) => (error ? reject(error) : resolve(html)));
  });

/** A page that answers a form stands where the form stood. */
function owned(deps: WebDeps, { req, res, who }: Drawing, html: string): string {
  const told = textOf(req.body, 'form_path') || res.locals.path;
  const path = req.method === 'GET' ? req.originalUrl : ownPath(told === req.originalUrl ? '' : told, '');
  if (!path) return html;
  const hidden = (name: string, value: string) => `<input type="hidden" name="${name}" value="${value}">`;
  let same: string | undefined;
  return intoForms(html, (action) => {
    same ??= hidden('form_owner', formOwner(deps, who)) + hidden('form_path', ejs.escapeXML(path));
    return `\n${same}${hidden('form_action', action)}`;
  });
}

/** Where a visitor goes on from a step that stood in the way: to the place in a party, or the form, that waits for them. */
export const waitingPath = ({ session: { joining, keptForm } }: Request): string | undefined =>
  joining ? '/join' : keptForm?.path;

/**
 * What was typed before the session ended, taken once: by its own page, when nothing stands in the way of that any more.
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
): Promise<{ action: string; body: KeptBody } | undefined> {
  const { keptForm } = req.session;
  if (keptForm?.path !== req.originalUrl) return undefined;
  delete req.session.keptForm;
  const body = await takeKeptForm(deps.db, deps, { id: keptForm.id, owner });
  return body && { action: keptForm.action, body };
}

function ownerOf(deps: Pick<WebDeps, 'index'>, text: string): Buffer | undefined {
  const sent = Buffer.from(text, 'base64url');
  const owner = sent.subarray(0, ownerLength);
  const seal = sealOf(deps, owner);
  const ours = sent.length === ownerLength + seal.length && timingSafeEqual(sent.subarray(ownerLength), seal);
  return ours ? owner : undefined;
}
