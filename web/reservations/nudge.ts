import type { RequestHandler } from 'express';
import type { WebDeps } from '../deps.ts';
import { askFor } from './asking.ts';
import { keyOf, ownReservation } from './own.ts';
import { renderReservation } from './show.ts';

/** 催办: reminds the approvers who have to sign. The workflow says how often, the page from when on. */
export function nudge(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const reservation = await ownReservation(deps, res, req.params.id);
    const wish = { id: keyOf(req), reservation: reservation.id, kind: 'nudge', payload: {} } as const;
    const refused = await askFor(deps, { req, res }, wish);
    if (refused) return renderReservation(deps, res, reservation, `refusal.${refused.code}`);
    res.redirect(303, `/reservations/${reservation.id}`);
  };
}
