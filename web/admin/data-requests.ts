import type { RequestHandler, Response } from 'express';
import { maskDocument, maskPhone } from '../../domain/masking.ts';
import { answerDataRequest, verdicts } from '../../store/elsewhere/answer.ts';
import { placesOf } from '../../store/elsewhere/kept.ts';
import { openDataRequests } from '../../store/elsewhere/open-requests.ts';
import type { WebDeps } from '../deps.ts';
import { isUuid } from '../is-uuid.ts';
import { whoIs } from '../staff/guard.ts';
import { recordAct } from '../staff/recording.ts';
import { takeVerdict, type WrongVerdict } from './verdict.ts';

/** `/admin/data-requests`: people without an account who ask about what others told us of them, the one due first on top; `?from=` begins with another. */
export function showDataRequests(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    await recordAct(deps, req, res, { action: 'data_requests_viewed', subject: { kind: 'list', id: 'data_requests' } });
    const { from } = req.query;
    await show(deps, res, { from: isUuid(from) ? from : undefined });
  };
}

/** `POST /admin/data-requests/:id/answer`: how it was checked who asks, and what was answered, stands in the note. */
export function answerOneDataRequest(deps: WebDeps): RequestHandler {
  return takeVerdict('/admin/data-requests', {
    verdicts,
    show: (res, wrong) => show(deps, res, { from: wrong.id, wrong }),
    decide: ({ id, verdict, note }, req, res) =>
      deps.db.transaction(async (trx) => {
        await answerDataRequest(trx, deps, { id, staff: whoIs(res).id, verdict, note });
        const action = verdict === 'refused' ? 'data_request_refused' : 'data_request_answered';
        const detail = { verdict, places: await placesOf(trx, { request: id }) };
        await recordAct(deps, req, res, { action, subject: { kind: 'data_request', id }, detail }, trx);
      }),
  });
}

async function show(
  deps: WebDeps,
  res: Response,
  { from, wrong }: { from: string | undefined; wrong?: WrongVerdict },
): Promise<void> {
  const page = await openDataRequests(deps.db, deps, { from });
  res.locals.path = '/admin/data-requests';
  // The name stands in clear: the office has to see whom it is talking to.
  res.render('admin/data-requests', { ...page, from, wrong, mask: { phone: maskPhone, document: maskDocument } });
}
