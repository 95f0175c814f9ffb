import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { maskDocument, maskPhone } from '../../domain/masking.ts';
import { findTextProblem, normaliseText } from '../../domain/text.ts';
import { AppError, notFound } from '../../platform/errors.ts';
import { decideRecovery, openRecoveries } from '../../store/people/phone-recovery.ts';
import type { WebDeps } from '../deps.ts';
import { isUuid } from '../is-uuid.ts';
import { whoIs } from '../staff/guard.ts';
import { recordAct } from '../staff/recording.ts';

/** `/admin/recoveries`: lost numbers. The office sees the document in its hand; the page says whether the claim agrees. */
export function showRecoveries(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    await recordAct(deps, req, res, { action: 'recovery_viewed', subject: { kind: 'list', id: 'recoveries' } });
    await show(deps, res);
  };
}

const form = z.object({
  verdict: z.enum(['approved', 'refused']),
  note: z.string().default('').transform(normaliseText),
});

/** `POST /admin/recoveries/:id/decision`: how the document was checked stands in the note. */
export function decideOnRecovery(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const { id } = req.params;
    if (!isUuid(id)) throw notFound();
    const read = form.safeParse(req.body);
    if (!read.success) throw new AppError('bad_request', { status: 400 });
    const { verdict, note } = read.data;
    const problem = findTextProblem(note, { max: 200, required: true, lines: true });
    if (problem) {
      const key = problem === 'empty' ? 'field.recovery_note_empty' : 'field.too_long';
      return show(deps, res.status(422), { id, note, problem: problem === 'characters' ? 'field.characters' : key });
    }
    await decide(deps, req, res, { id, approve: verdict === 'approved', note });
  };
}

async function decide(
  deps: WebDeps,
  req: Request,
  res: Response,
  { id, approve, note }: { id: string; approve: boolean; note: string },
): Promise<void> {
  try {
    const requests = await deps.db.transaction(async (trx) => {
      const decided = await decideRecovery(trx, deps, { id, staff: whoIs(res).id, approve, note });
      const act = {
        action: approve ? 'recovery_approved' : 'recovery_refused',
        subject: { kind: 'visitor', id: decided.account ?? decided.visitor },
        detail: { recovery: id, from: decided.visitor },
      } as const;
      await recordAct(deps, req, res, act, trx);
      return decided.requests;
    });
    await Promise.all(requests.map((request) => deps.delivery.deliver(request, 1_500)));
  } catch (error) {
    if (!(error instanceof AppError) || error.status !== 409) throw error;
    return show(deps, res.status(409), { id, note, problem: `error.${error.code}` });
  }
  res.redirect(303, '/admin/recoveries');
}

async function show(
  deps: WebDeps,
  res: Response,
  wrong?: { id: string; note: string; problem: string },
): Promise<void> {
  const recoveries = await openRecoveries(deps.db, deps);
  res.locals.path = '/admin/recoveries';
  res.render('admin/recoveries', { recoveries, wrong, mask: { phone: maskPhone, document: maskDocument } });
}
