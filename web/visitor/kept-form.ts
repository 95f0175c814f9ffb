import type { Request, RequestHandler, Response } from 'express';
import { takeAttempt } from '../../store/attempt.ts';
import { type KeptBody, keepForm, takeKeptForm } from '../../store/kept-form.ts';
import type { WebDeps } from '../deps.ts';
import { textOf } from '../form-value.ts';
import { saveSession } from '../middleware/sessions.ts';
import { addressHash } from '../network.ts';
import { ownPath } from '../own-path.ts';

/**
 * A session that ends while a form is filled loses nothing: the form is kept sealed, the login leads back to its page,
 * and the page shows what was typed – to the visitor for whom it was drawn. A form takes part by the partial
 * `visitor/kept-form` and a page that asks `takeKept`.
 */
declare module 'express-session' {
  interface SessionData {
    /** A kept form that waits for its owner to sign in. */
    keptForm: { id: string; path: string };
  }
}

const lifetime = 3600_000;
/** Whoever was never here has no form to keep; whoever was may do it so often. */
const keptLimits = [{ most: 20, seconds: 3600 }];
const ownerAddress = { table: 'kept_form', column: 'owner', row: 'form' };

/** What the partial writes into a form: whose it is, opaque, and made by us only. */
export function formOwner({ cipher }: Pick<WebDeps, 'cipher'>, visitor: string): string {
  return cipher.seal(ownerAddress, visitor).toString('base64url');
}

/** Stands before every route of visitors, after `knowVisitor`. */
export function keepForms(deps: WebDeps): RequestHandler {
  return async (req, res, next) => {
    const { visitor } = res.locals;
    if (visitor) {
      res.locals.formOwner = () => formOwner(deps, visitor.id);
      return next();
    }
    if (req.method !== 'POST') return next();
    const path = ownPath(textOf(req.body, 'form_path'), '');
    const owner = ownerOf(deps, textOf(req.body, 'form_owner'));
    if (!path || !owner || !(await mayKeep(deps, req))) return next();
    const { form_owner: _, form_path: __, ...body } = req.body as KeptBody;
    const id = await keepForm(deps.db, deps, { owner, path, body });
    req.session.keptForm = { id, path };
    req.session.keptAt = Date.now();
    req.session.cookie.maxAge = lifetime;
    await saveSession(req);
    const target = `/register?return=${encodeURIComponent(path)}`;
    if (req.get('hx-request')) res.set('HX-Redirect', target).status(204).end();
    else res.redirect(303, target);
  };
}

/** Where a visitor goes on from a step that stood in the way: to the place in a party, or the form, that waits for them. */
export const waitingPath = ({ session: { joining, keptForm } }: Request): string | undefined =>
  joining ? '/join' : keptForm?.path;

/**
 * What was typed before the session ended, taken once: by its own page, when nothing stands in the way of that any more.
 * Undefined on an ordinary visit of the page.
 */
export async function takeKept(deps: WebDeps, req: Request, res: Response): Promise<KeptBody | undefined> {
  const { keptForm } = req.session;
  if (keptForm?.path !== req.originalUrl) return undefined;
  delete req.session.keptForm;
  const kept = await takeKeptForm(deps.db, deps, { id: keptForm.id, owner: res.locals.visitor.id });
  res.locals.kept = kept;
  return kept;
}

async function mayKeep(deps: WebDeps, req: Request): Promise<boolean> {
  return (await takeAttempt(deps.db, [{ kind: 'kept_form', key: addressHash(deps, req), limits: keptLimits }])) === 0;
}

function ownerOf({ cipher }: Pick<WebDeps, 'cipher'>, text: string): string | undefined {
  try {
    return text ? cipher.open(ownerAddress, Buffer.from(text, 'base64url')) : undefined;
  } catch {
    return undefined;
  }
}
