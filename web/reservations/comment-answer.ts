import type { RequestHandler } from 'express';
import { findTextProblem, normaliseText } from '../../domain/text.ts';
import { notFound } from '../../platform/errors.ts';
import { answerComment, longestComment } from '../../store/approval/comment.ts';
import { record } from '../../store/audit/audit.ts';
import type { WebDeps } from '../deps.ts';
import { textOf } from '../form-value.ts';
import { isUuid } from '../is-uuid.ts';
import { whoVisits } from '../visitor/guard.ts';
import { keyOf, ownReservation } from './own.ts';
import { renderReservation } from './show.ts';

const problems = { empty: 'field.required', long: 'field.too_long', characters: 'field.characters' } as const;

/** The visitor's answer to one comment, once. */
export function answerToComment(deps: WebDeps): RequestHandler {
  const { db, cipher } = deps;
  return async (req, res) => {
    const reservation = await ownReservation(deps, res, req.params.id);
    const { comment } = req.params;
    if (!isUuid(comment)) throw notFound();
    const text = normaliseText(textOf(req.body, 'answer'));
    const problem = findTextProblem(text, { max: longestComment, required: true, lines: true });
    if (problem) {
      const answering = { comment, text, error: problems[problem] };
      return renderReservation(deps, res, reservation, { answering });
    }
    if (reservation.outcome) return renderReservation(deps, res, reservation, 'refusal.closed');
    const visitor = whoVisits(res).id;
    await db.transaction(async (trx) => {
      const answer = { id: keyOf(req), comment, reservation: reservation.id, visitor, text };
      // An answer that is there already stays as it is.
      if (!(await answerComment(trx, cipher, answer))) return;
      const subject = { kind: 'reservation', id: reservation.id } as const;
      const actor = { kind: 'visitor', id: visitor } as const;
      await record(trx, { actor, action: 'comment_answered', subject, detail: { comment } });
    });
    res.redirect(303, `/reservations/${reservation.id}#comments`);
  };
}
