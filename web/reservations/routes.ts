import { type RequestHandler, Router } from 'express';
import { accompaniedBy } from '../../store/reservations/accompanied.ts';
import { askedDraftsOf } from '../../store/reservations/asked-draft.ts';
import { reservationsOf } from '../../store/reservations/reservation.ts';
import type { WebDeps } from '../deps.ts';
import { agreed, signedIn, whoVisits } from '../visitor/guard.ts';
import { nudge, sayLeft, withdrawChange } from './by-button.ts';
import { cancel } from './cancellation.ts';
import { leaveForBook } from './change-party.ts';
import { askForChange, showChange } from './changes.ts';
import { answerToComment } from './comment-answer.ts';
import { leave } from './departure.ts';
import { formRoutes } from './form.ts';
import { readDirectory } from './progress.ts';
import { answerProposal } from './proposal-answer.ts';
import { showProgress, showReservation } from './show.ts';

/** 我的预约: the list, one with its timeline, and everything that may be asked of it. */
export function reservationRoutes(deps: WebDeps): Router {
  const router = Router();
  const visitor: RequestHandler[] = [signedIn, agreed];
  router.use(formRoutes(deps));
  router.get('/reservations', visitor, listReservations(deps));
  router.get('/reservations/:id', visitor, showReservation(deps));
  router.get('/reservations/:id/progress', visitor, showProgress(deps));
  router.post('/reservations/:id/cancellation', visitor, cancel(deps));
  router.get('/reservations/:id/changes', visitor, showChange(deps, 'change'));
  router.get('/reservations/:id/extension', visitor, showChange(deps, 'extension'));
  router.post('/reservations/:id/changes', visitor, askForChange(deps));
  router.post('/reservations/:id/changes/companions', visitor, leaveForBook(deps));
  router.post('/reservations/:id/changes/withdrawal', visitor, withdrawChange(deps));
  router.post('/reservations/:id/proposal-answer', visitor, answerProposal(deps));
  router.post('/reservations/:id/nudges', visitor, nudge(deps));
  router.post('/reservations/:id/comments/:comment/answers', visitor, answerToComment(deps));
  router.post('/reservations/:id/departure', visitor, leave(deps));
  router.post('/reservations/:id/exits', visitor, sayLeft(deps));
  return router;
}

/** Own ones, also those on their way or not taken, and those that the visitor goes along on, newest first. */
function listReservations(deps: WebDeps): RequestHandler {
  const { db, cipher } = deps;
  return async (_req, res) => {
    const { id } = whoVisits(res);
    const [own, along, asked] = await Promise.all([
      reservationsOf(db, id),
      accompaniedBy(db, cipher, id),
      askedDraftsOf(db, id),
    ]);
    const reservations = [
      ...own.map((one) => ({ ...one, along: false })),
      ...along.map((one) => ({ ...one, along: true })),
      ...asked.map(({ answer, ...one }) => ({
        ...one,
        along: false,
        asked: answer?.ok === false ? 'refused' : 'kept',
      })),
    ].toSorted((a, b) => Number(b.createdAt) - Number(a.createdAt));
    res.render('reservations/list', { reservations, directory: await readDirectory(deps) });
  };
}
