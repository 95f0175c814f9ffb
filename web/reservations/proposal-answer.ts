import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { Knex } from 'knex';
import { AppError } from '../../platform/errors.ts';
import { findProposal } from '../../store/approval/proposal.ts';
import { lockSubmitted } from '../../store/reservations/party.ts';
import { findRequest } from '../../store/reservations/request.ts';
import { type Submission, writeSubmission } from '../../store/reservations/submission.ts';
import type { WebDeps } from '../deps.ts';
import { textOf } from '../form-value.ts';
import { isUuid } from '../is-uuid.ts';
import { askFor } from './asking.ts';
import { refusalOf } from './form.ts';
import { keyOf, ownReservation, type Submitted } from './own.ts';
import { renderReservation } from './show.ts';

/** Accepts the time that the department proposed, or not. Accepting asks for the same visit in that window. */
export function answerProposal(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const reservation = await ownReservation(deps, res, req.params.id);
    const id = keyOf(req);
    const [proposal, answer] = [textOf(req.body, 'proposal'), textOf(req.body, 'answer')];
    if (!isUuid(proposal) || !['accept', 'refuse'].includes(answer)) {
      throw new AppError('bad_request', { status: 400 });
    }
    const back = `/reservations/${reservation.id}`;
    // The same answer once more leads to what became of it; one to an older proposal does not count.
    const repeated = await findRequest(deps.db, id);
    if (!repeated && reservation.proposal !== proposal) {
      return renderReservation(deps, res, reservation, 'refusal.no_proposal');
    }
    const wish = { id, reservation: reservation.id, kind: 'answer_proposal' } as const;
    const submission = randomUUID();
    const refused =
      answer === 'accept'
        ? await askFor(deps, { req, res }, { ...wish, payload: { proposal, accept: true, submission } }, async (trx) =>
            writeSubmission(trx, deps, await inProposedWindow(trx, deps, reservation, { proposal, id: submission })),
          )
        : await askFor(deps, { req, res }, { ...wish, payload: { proposal, accept: false } });
    if (!refused) return res.redirect(303, back);
    const { fields, refusal } = refusalOf(refused);
    await renderReservation(deps, res, reservation, refusal ?? Object.values(fields)[0] ?? `refusal.${refused.code}`);
  };
}

/** The same people and the same visit, in the window of the proposal. */
async function inProposedWindow(
  trx: Knex,
  { cipher }: Pick<WebDeps, 'cipher'>,
  { id: reservation, submission }: Submitted,
  { proposal, id }: { proposal: string; id: string },
): Promise<Submission> {
  const proposed = await findProposal(trx, cipher, proposal);
  const asked = await lockSubmitted(trx, cipher, submission);
  if (!asked || proposed?.reservation !== reservation) throw new AppError('conflict', { status: 409 });
  const { from, until } = proposed;
  return { ...asked, id, kind: 'request', base: null, from, until };
}
