import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import { AppError } from '../../platform/errors.ts';
import { partyOf } from '../../store/party.ts';
import { findProposal } from '../../store/proposal.ts';
import { findRequest } from '../../store/request.ts';
import { readSubmission, type Submission, writeSubmission } from '../../store/submission.ts';
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
    const accepted = answer === 'accept' ? await inProposedWindow(deps, reservation, proposal) : undefined;
    const refused = accepted
      ? await askFor(
          deps,
          { req, res },
          { ...wish, payload: { proposal, accept: true, submission: accepted.id } },
          'proposal_answered',
          (trx) => writeSubmission(trx, deps, accepted),
        )
      : await askFor(deps, { req, res }, { ...wish, payload: { proposal, accept: false } }, 'proposal_answered');
    if (!refused) return res.redirect(303, back);
    const { fields, refusal } = refusalOf(refused);
    await renderReservation(deps, res, reservation, refusal ?? Object.values(fields)[0] ?? `refusal.${refused.code}`);
  };
}

/** The same people and the same visit, in the window of the proposal. */
async function inProposedWindow(
  { db, cipher }: Pick<WebDeps, 'db' | 'cipher'>,
  { id: reservation, submission }: Submitted,
  proposal: string,
): Promise<Submission> {
  const [asked, proposed] = await Promise.all([
    readSubmission(db, cipher, submission),
    findProposal(db, cipher, proposal),
  ]);
  if (!asked || proposed?.reservation !== reservation) throw new AppError('conflict', { status: 409 });
  const party = await partyOf(db, cipher, { reservation, submission });
  const { from, until } = proposed;
  return { ...asked, ...party, id: randomUUID(), kind: 'request', base: null, from, until };
}
