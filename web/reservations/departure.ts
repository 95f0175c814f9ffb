import type { RequestHandler } from 'express';
import { notFound } from '../../platform/errors.ts';
import { findAccompanied } from '../../store/reservations/accompanied.ts';
import { findRequest } from '../../store/reservations/request.ts';
import type { WebDeps } from '../deps.ts';
import { isUuid } from '../is-uuid.ts';
import { whoVisits } from '../visitor/guard.ts';
import { askFor } from './asking.ts';
import { keyOf } from './own.ts';
import { renderAccompanied } from './show.ts';

/** Somebody who goes along leaves the visit: their pass becomes worthless, the others' stay. */
export function leave(deps: WebDeps): RequestHandler {
  const { db, cipher } = deps;
  return async (req, res) => {
    const { id } = req.params;
    const { id: visitor } = whoVisits(res);
    const find = () => (isUuid(id) ? findAccompanied(db, cipher, visitor, id) : undefined);
    const key = keyOf(req);
    const visit = await find();
    if (!visit) {
      const earlier = await findRequest(db, key);
      if (earlier?.kind !== 'remove_person' || earlier.actor.id !== visitor) throw notFound();
      return res.redirect(303, '/reservations');
    }
    const { ordinal, id: reservation } = visit;
    const wish = { id: key, reservation, kind: 'remove_person', payload: { ordinal } } as const;
    const refused = await askFor(deps, { req, res }, wish);
    if (refused) return renderAccompanied(deps, res, visit, `refusal.${refused.code}`);
    // Granted, nothing of it is left to see; else it is on its way.
    res.redirect(303, (await find()) ? `/reservations/${reservation}` : '/reservations');
  };
}
