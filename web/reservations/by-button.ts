import type { RequestHandler } from 'express';
import type { WebDeps } from '../deps.ts';
import { askFor } from './asking.ts';
import { keyOf, ownReservation } from './own.ts';
import { renderReservation } from './show.ts';

/** What a visitor asks by a button alone, of a reservation of their own; a refusal is said on its page. */
const byButton =
  (kind: 'nudge' | 'withdraw_change' | 'say_left') =>
  (deps: WebDeps): RequestHandler =>
  async (req, res) => {
    const reservation = await ownReservation(deps, res, req.params.id);
    const wish = { id: keyOf(req), reservation: reservation.id, kind, payload: {} } as const;
    const refused = await askFor(deps, { req, res }, wish);
    if (refused) return renderReservation(deps, res, reservation, `refusal.${refused.code}`);
    res.redirect(303, `/reservations/${reservation.id}`);
  };

/** 催办: reminds the approvers who have to sign. The workflow says how often, the page from when on. */
export const nudge = byButton('nudge');

/** Takes back a change that waits; the visit as it stands holds. */
export const withdrawChange = byButton('withdraw_change');

/** Everybody has left, and no gate saw it. */
export const sayLeft = byButton('say_left');
