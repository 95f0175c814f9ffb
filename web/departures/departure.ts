import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { maskName } from '../../domain/masking.ts';
import { actionOf, type RefusalCode } from '../../domain/request.ts';
import { notFound } from '../../platform/errors.ts';
import { allGates } from '../../store/content/content.ts';
import { insideOfVisit } from '../../store/office/inside.ts';
import { mayAnswerFor, type StayingVisit, stayingVisit } from '../../store/office/overstay.ts';
import { endTelling } from '../../store/reservations/refusal.ts';
import { findRequest, keepRequest } from '../../store/reservations/request.ts';
import type { WebDeps } from '../deps.ts';
import { isUuid } from '../is-uuid.ts';
import { keyOf } from '../reservations/own.ts';
import { whoIs } from '../staff/guard.ts';
import { recordAct } from '../staff/recording.ts';
import { refusalForStaff } from '../staff/refusal.ts';

/** `/staff/visits/:id/departure`: who was not seen leaving, names masked, and one button that says that they have left. */
export function showDeparture(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const visit = await visitOf(deps, req, res);
    const subject = { kind: 'reservation', id: visit.id } as const;
    await recordAct(deps, req, res, { action: 'reservation_viewed', subject, detail: { at: 'departure' } });
    await render(deps, res, visit);
  };
}

export function answerDeparture(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const { id: reservation } = await visitOf(deps, req, res);
    const request = keyOf(req);
    await deps.db.transaction(async (trx) => {
      if (await findRequest(trx, request)) return;
      const actor = { kind: 'staff', id: whoIs(res).id } as const;
      await keepRequest(trx, { id: request, reservation, actor, kind: 'say_left', payload: {} });
      const subject = { kind: 'reservation', id: reservation } as const;
      await recordAct(deps, req, res, { action: actionOf('say_left'), subject, detail: { request } }, trx);
    });
    const delivered = await deps.delivery.deliver(request);
    if (delivered.status === 'answered' && !delivered.answer.ok) {
      await endTelling(deps.db, request);
      return render(deps, res.status(409), await visitOf(deps, req, res), delivered.answer.code);
    }
    res.redirect(303, `/staff/visits/${reservation}/departure`);
  };
}

/** @throws AppError 404 for everybody who may not answer for the visit */
async function visitOf({ db, cipher }: WebDeps, req: Request, res: Response): Promise<StayingVisit> {
  const { id } = req.params;
  const may = isUuid(id) && (await mayAnswerFor(db, cipher, whoIs(res).id, id));
  const visit = may ? await stayingVisit(db, cipher, id) : undefined;
  if (!visit) throw notFound();
  return visit;
}

async function render({ db, cipher }: WebDeps, res: Response, visit: StayingVisit, refused?: RefusalCode) {
  const [inside, gates] = await Promise.all([insideOfVisit(db, cipher, visit.id), allGates(db)]);
  res.locals.path = `/staff/visits/${visit.id}/departure`;
  res.render('departures/departure', {
    visit,
    people: inside.map(({ name, since, gate }) => ({
      name: name && maskName(name),
      since,
      gateName: gates.find(({ id }) => id === gate)?.name,
    })),
    newKey: randomUUID,
    asked: !visit.isOver && visit.rung > 0 && inside.length > 0,
    refusal: refused && refusalForStaff(res.locals.t, refused),
  });
}
