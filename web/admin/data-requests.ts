import type { RequestHandler, Response } from 'express';
import { z } from 'zod';
import { maskDocument, maskName, maskPhone } from '../../domain/masking.ts';
import { findTextProblem, normaliseText } from '../../domain/text.ts';
import { AppError, notFound } from '../../platform/errors.ts';
import { answerDataRequest, openDataRequests, verdicts } from '../../store/elsewhere/data-request.ts';
import { placesOf } from '../../store/elsewhere/kept.ts';
import type { WebDeps } from '../deps.ts';
import { isUuid } from '../is-uuid.ts';
import { whoIs } from '../staff/guard.ts';
import { recordAct } from '../staff/recording.ts';

/** `/admin/data-requests`: people without an account who ask about what others told us of them, the one due first on top. */
export function showDataRequests(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    await recordAct(deps, req, res, { action: 'data_requests_viewed', subject: { kind: 'list', id: 'data_requests' } });
    await show(deps, res);
  };
}

const form = z.object({
  verdict: z.enum(verdicts),
  note: z.string().default('').transform(normaliseText),
});

/** `POST /admin/data-requests/:id/answer`: how it was checked who asks, and what was answered, stands in the note. */
export function answerOneDataRequest(deps: WebDeps): RequestHandler {
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
    try {
      await deps.db.transaction(async (trx) => {
        await answerDataRequest(trx, deps, { id, staff: whoIs(res).id, verdict, note });
        const action = verdict === 'refused' ? 'data_request_refused' : 'data_request_answered';
        const detail = { verdict, places: await placesOf(trx, { request: id }) };
        await recordAct(deps, req, res, { action, subject: { kind: 'data_request', id }, detail }, trx);
      });
    } catch (error) {
      if (!(error instanceof AppError) || error.status !== 409) throw error;
      return show(deps, res.status(409), { id, note, problem: `error.${error.code}` });
    }
    res.redirect(303, '/admin/data-requests');
  };
}

async function show(
  deps: WebDeps,
  res: Response,
  wrong?: { id: string; note: string; problem: string },
): Promise<void> {
  const requests = await openDataRequests(deps.db, deps);
  res.locals.path = '/admin/data-requests';
  res.render('admin/data-requests', {
    requests,
    wrong,
    mask: { name: maskName, phone: maskPhone, document: maskDocument },
  });
}
