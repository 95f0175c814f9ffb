import type { RequestHandler } from 'express';
import type { WebDeps } from '../deps.ts';
import { askFor } from './asking.ts';
import { keyOf, ownReservation } from './own.ts';
import { renderReservation } from './show.ts';

/** Cancels by a request of its own; what was done is undone by the workflow. */
export function cancel(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const reservation = await ownReservation(deps, res, req.params.id);
    const wish = { id: keyOf(req), reservation: reservation.id, kind: 'cancel', payload: {} } as const;
    if (reservation.stage !== 'closed') {
      const refused = await askFor(deps, { req, res }, wish);
      if (refused) return renderReservation(deps, res, reservation, `refusal.${refused.code}`);
    }
    res.redirect(303, `/reservations/${reservation.id}`);
  };
}
