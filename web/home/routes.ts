import { type Response, Router } from 'express';
import { allCampuses } from '../../store/content/content.ts';
import { findAccompanied } from '../../store/reservations/accompanied.ts';
import { seeRefusals } from '../../store/reservations/refusal.ts';
import { findReservationOf, nextTripOf } from '../../store/reservations/reservation.ts';
import type { WebDeps } from '../deps.ts';
import { readRefusals } from '../reservations/refusals.ts';
import { agreed, signedIn, whoVisits } from '../visitor/guard.ts';

/** 访客首页 */
export function homeRoutes({ db, reads, cipher }: Pick<WebDeps, 'db' | 'reads' | 'cipher'>): Router {
  const router = Router();
  router.get('/', signedIn, agreed, async (_req, res) => {
    const { id, person } = whoVisits(res);
    const [trip, campuses, refused] = await Promise.all([
      nextTripOf(reads, id),
      allCampuses(db),
      refusalsAtHome({ db, cipher }, res, id),
    ]);
    const campus = campuses.find((one) => one.id === trip?.campus);
    res.render('home/home', { trip, campus, refused, known: person !== null });
  });
  return router;
}

/** With whether the visit's own page is there for them: a companion who is not of it any more reads it here only. */
async function refusalsAtHome(deps: Pick<WebDeps, 'db' | 'cipher'>, res: Response, visitor: string) {
  const told = await readRefusals(deps, res, { kind: 'visitor', id: visitor });
  const shown = [];
  for (const one of told) {
    const { kind, reservation } = one.refusal;
    const hasPage = kind !== 'person_ready' || (await isOfVisit(deps, visitor, reservation));
    if (!hasPage) await seeRefusals(deps.db, [one.refusal]);
    shown.push({ ...one, hasPage });
  }
  return shown;
}

const isOfVisit = async ({ db, cipher }: Pick<WebDeps, 'db' | 'cipher'>, visitor: string, reservation: string) =>
  (await findReservationOf(db, visitor, reservation)) !== undefined ||
  (await findAccompanied(db, cipher, visitor, reservation)) !== undefined;
