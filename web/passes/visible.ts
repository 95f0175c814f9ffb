import type { Request } from 'express';
import { notFound } from '../../platform/errors.ts';
import { findPass, findPassOf, type Pass } from '../../store/passes/pass.ts';
import type { WebDeps } from '../deps.ts';
import { isUuid } from '../is-uuid.ts';
import { passStateOf } from './pass-state.ts';
import { wasOpened } from './session.ts';

export interface VisiblePass {
  pass: Pass;
  /** It is in this visitor's hands; otherwise its visit code was typed in this browser. */
  held: boolean;
}

/** The pass, when this browser may see it. @throws AppError 404 when the address names none */
export async function visiblePass({ db }: Pick<WebDeps, 'db'>, req: Request): Promise<VisiblePass | undefined> {
  const { id } = req.params;
  if (!isUuid(id)) throw notFound();
  const { visitor } = req.session;
  const held = visitor ? await findPassOf(db, visitor, id) : undefined;
  if (held) return { pass: held, held: true };
  const opened = wasOpened(req, id) ? await findPass(db, id) : undefined;
  return opened && { pass: opened, held: false };
}

/** Finds the pass for a page below it: nobody else learns whether there is one. @throws AppError 404 */
export async function mustSee(deps: Pick<WebDeps, 'db'>, req: Request): Promise<VisiblePass> {
  const seen = await visiblePass(deps, req);
  if (!seen) throw notFound();
  return seen;
}

/** The same, while it opens something now or later. @throws AppError 404 */
export async function mustSeeLive(deps: Pick<WebDeps, 'db'>, req: Request): Promise<VisiblePass> {
  const seen = await mustSee(deps, req);
  if (!['early', 'valid'].includes(passStateOf(seen.pass, new Date()))) throw notFound();
  return seen;
}
