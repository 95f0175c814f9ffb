import type { Request, RequestHandler, Response } from 'express';
import { actionOf } from '../../../../domain/request.ts';
import { AppError } from '../../../../platform/errors.ts';
import { findRequest, keepRequest } from '../../../../store/reservations/request.ts';
import { findReservation } from '../../../../store/reservations/reservation.ts';
import type { WebDeps } from '../../../deps.ts';
import { allTextsOf, textOf } from '../../../form-value.ts';
import { isUuid } from '../../../is-uuid.ts';
import { whoIs } from '../../../staff/guard.ts';
import { recordAct } from '../../../staff/recording.ts';
import { movingTo, pageLength } from './target.ts';

/** One request a visit, each with its own answer. The same form once more asks nothing anew. */
export function move(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const { subject, target } = await movingTo(deps, req);
    const { batch, moves } = readForm(req);
    for (const { reservation } of moves) {
      if (!(await findReservation(deps.db, reservation))) throw new AppError('bad_request', { status: 400 });
    }
    for (const one of moves) await keep(deps, { req, res }, { ...one, batch, version: target.version });
    // What takes longer is shown as under way; the relay goes on with it.
    await Promise.all(moves.map(({ request }) => deps.delivery.deliver(request)));
    res.redirect(303, `/admin/policies/${subject.id}/moves/${batch}`);
  };
}

interface Move {
  reservation: string;
  request: string;
}

/** `move`: a visit and its request. @throws AppError 400 for what no form of ours sends */
function readForm(req: Request): { batch: string; moves: Move[] } {
  const batch = textOf(req.body, 'batch');
  const moves = allTextsOf(req.body, 'move').map((text) => {
    const [reservation, request, ...rest] = text.split(' ');
    return isUuid(reservation) && isUuid(request) && rest.length === 0 ? { reservation, request } : undefined;
  });
  const read = moves.filter((one) => one !== undefined);
  if (!isUuid(batch) || read.length === 0 || read.length < moves.length || read.length > pageLength)
    throw new AppError('bad_request', { status: 400 });
  return { batch, moves: read };
}

async function keep(
  deps: WebDeps,
  { req, res }: { req: Request; res: Response },
  { reservation, request, version, batch }: Move & { version: string; batch: string },
): Promise<void> {
  await deps.db.transaction(async (trx) => {
    const isKept = (await findRequest(trx, request)) !== undefined;
    const actor = { kind: 'staff', id: whoIs(res).id } as const;
    await keepRequest(trx, { id: request, reservation, actor, kind: 'move_policy', payload: { version, batch } });
    if (isKept) return;
    const subject = { kind: 'reservation', id: reservation } as const;
    await recordAct(deps, req, res, { action: actionOf('move_policy'), subject, detail: { request, version } }, trx);
  });
}
