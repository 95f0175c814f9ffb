import type { Request } from 'express';
import type { WebDeps } from '../deps.ts';
import { textOf } from '../form-value.ts';
import { temporalUiPath } from '../temporal-ui/path.ts';
import { isOwner, readMark } from './mark.ts';

/**
 * In whose name a form is sent. Somebody may fill it, and somebody else be signed in by the time it comes – another tab,
 * one phone for two. Nothing is written then: a form proves by its mark for whom it was drawn.
 */

/**
 * Drawn before anybody is signed in as well, and so without a mark. Each asks for a proof of its own – a code, a password,
 * the session that an invitation opened – and acts for the person who gives it.
 */
const drawnForNobody = [
  /^\/register(\/code|\/earlier)?$/,
  /^\/join$/,
  /^\/held-by-others(\/code|\/requests)?$/,
  /^\/passes\/[^/]+\/(opening|bindings)$/,
  /^\/staff\/(login|password)$/,
];
/** The engine's own pages ask for it, which we do not draw: the first writes nothing but who looked, the other refuses to write. */
const drawnElsewhere = ['/codec/decode', `${temporalUiPath}/`];

/** What a form is to the person who is signed in. `unknown`: it has no mark, or one that we did not make. */
export type Ownership = 'own' | 'unknown' | { of: Buffer };

export function ownershipOf(deps: Pick<WebDeps, 'index'>, req: Request, who: string): Ownership {
  const address = req.baseUrl + req.path;
  if (drawnElsewhere.some((path) => address.startsWith(path))) return 'own';
  const mark = markIn(req);
  if (!mark) return drawnForNobody.some((path) => path.test(address)) ? 'own' : 'unknown';
  const owner = readMark(deps, mark);
  if (!owner) return 'unknown';
  return isOwner(deps, owner, who) ? 'own' : { of: owner };
}

/** A form with a file says it in its address, since its body is read later; a script in a header. */
function markIn(req: Request): string {
  if (Object.hasOwn(req.body ?? {}, 'form_owner')) return textOf(req.body, 'form_owner');
  if (typeof req.query.form_owner === 'string') return req.query.form_owner;
  return req.get('form-owner') ?? '';
}
