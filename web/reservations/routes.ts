import { randomUUID } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import { maskDocument, maskPhone } from '../../domain/masking.ts';
import { notFound } from '../../platform/errors.ts';
import { allReasons } from '../../store/content.ts';
import { findRequest, keepRequest } from '../../store/request.ts';
import { findReservationOf, reservationsOf } from '../../store/reservation.ts';
import { readSubmission } from '../../store/submission.ts';
import type { WebDeps } from '../deps.ts';
import { textOf } from '../form-value.ts';
import { isUuid } from '../is-uuid.ts';
import { agreed, signedIn, whoVisits } from '../visitor/guard.ts';
import { recordVisitor } from '../visitor/recording.ts';
import { formRoutes, refusalOf } from './form.ts';
import { findOwn, readPlaces, readProgress } from './progress.ts';

/** 我的预约: the list, one with its timeline, its cancellation. */
export function reservationRoutes(deps: WebDeps): Router {
  const { db } = deps;
  const router = Router();
  router.use(formRoutes(deps));

  router.get('/reservations', signedIn, agreed, async (_req, res) => {
    const reservations = await reservationsOf(db, whoVisits(res).id);
    res.render('reservations/list', { reservations, places: await readPlaces(deps) });
  });

  router.get('/reservations/:id', signedIn, agreed, (req, res) => showOne(deps, req, res));

  router.get('/reservations/:id/progress', signedIn, agreed, async (req, res) => {
    const own = await findOwn(deps, res, req.params.id);
    if (!req.get('hx-request')) return res.redirect(303, `/reservations/${req.params.id}`);
    // What was on its way has arrived, or the other way round: the whole page reads differently.
    if ('draft' in own) {
      if (own.draft.answer) return void res.set('HX-Refresh', 'true').status(204).end();
      return void res.status(204).end();
    }
    const progress = await readProgress(deps, own.reservation);
    if (req.query.draft) return void res.set('HX-Refresh', 'true').status(204).end();
    if (req.query.mark === progress.mark) return void res.status(204).end();
    res.render('reservations/progress', { ...progress, places: await readPlaces(deps) });
  });

  router.post('/reservations/:id/cancellation', signedIn, agreed, (req, res) => cancel(deps, req, res));
  return router;
}

async function showOne(deps: WebDeps, req: Request, res: Response, refusal?: string): Promise<void> {
  const { db, cipher } = deps;
  const own = await findOwn(deps, res, String(req.params.id));
  if ('draft' in own) {
    const { answer } = own.draft;
    const refused = answer && !answer.ok ? refusalOf(answer) : undefined;
    res.render('reservations/asked', { draft: own.draft, refused });
    return;
  }
  const { reservation } = own;
  const submission = reservation.submission && (await readSubmission(db, cipher, reservation.submission));
  if (!submission) throw notFound();
  const reason = (await allReasons(db)).find(({ id }) => id === submission.reason);
  res.status(refusal ? 409 : 200).render('reservations/show', {
    ...(await readProgress(deps, reservation)),
    places: await readPlaces(deps),
    ...{ submission, reason, refusal, key: randomUUID() },
    mask: { phone: maskPhone, document: maskDocument },
  });
}

/** Cancels by a request of its own; what was done is undone by the workflow. */
async function cancel(deps: WebDeps, req: Request, res: Response): Promise<void> {
  const { db } = deps;
  const { id: visitor } = whoVisits(res);
  const { id } = req.params;
  const reservation = isUuid(id) ? await findReservationOf(db, visitor, id) : undefined;
  if (!reservation) throw notFound();
  const given = textOf(req.body, 'key');
  const key = isUuid(given) ? given : randomUUID();
  if (reservation.stage !== 'closed') {
    await db.transaction(async (trx) => {
      const known = await findRequest(trx, key);
      await keepRequest(trx, {
        id: key,
        reservation: reservation.id,
        kind: 'cancel',
        actor: { kind: 'visitor', id: visitor },
        payload: {},
      });
      if (known) return;
      const subject = { kind: 'reservation', id: reservation.id } as const;
      await recordVisitor(
        deps,
        { req, res },
        { action: 'reservation_cancelled', subject, detail: { request: key } },
        trx,
      );
    });
    const delivered = await deps.delivery.deliver(key);
    if (delivered.status === 'answered' && !delivered.answer.ok) {
      return showOne(deps, req, res, `refusal.${delivered.answer.code}`);
    }
  }
  res.redirect(303, `/reservations/${reservation.id}`);
}
