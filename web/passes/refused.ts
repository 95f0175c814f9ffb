import type { Request, Response } from 'express';
import type { Actor } from '../../domain/request.ts';
import type { KindAtPass } from '../../domain/told-late.ts';
import type { Pass } from '../../store/passes/pass.ts';
import { refusalAtPass, seeRefusals } from '../../store/reservations/refusal.ts';
import type { WebDeps } from '../deps.ts';
import { sentenceOf } from '../reservations/refusals.ts';

/** Who asks for something on the page of a pass: an account, or somebody of whom only the pass is known. */
export const askerOf = (req: Request, pass: Pick<Pass, 'id'>): Actor =>
  req.session.visitor ? { kind: 'visitor', id: req.session.visitor } : { kind: 'system', id: pass.id };

/** The sentence of what was refused after this page had said that it is on its way; seen here, it is not told for long. */
export async function showRefusalAtPass(
  { db }: Pick<WebDeps, 'db'>,
  res: Response,
  pass: Pick<Pass, 'id' | 'reservation'>,
  { kind, actor }: { kind: KindAtPass; actor: Actor },
): Promise<string | undefined> {
  const refusal = await refusalAtPass(db, pass, kind, actor);
  if (!refusal) return undefined;
  await seeRefusals(db, [refusal]);
  return sentenceOf(res, refusal);
}
