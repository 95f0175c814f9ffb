import { Router } from 'express';
import { allCampuses } from '../../store/content/content.ts';
import { nextTripOf } from '../../store/reservations/reservation.ts';
import type { WebDeps } from '../deps.ts';
import { readRefusals } from '../reservations/refusals.ts';
import { agreed, signedIn, whoVisits } from '../visitor/guard.ts';

/** 访客首页 */
export function homeRoutes({ db, reads }: Pick<WebDeps, 'db' | 'reads'>): Router {
  const router = Router();
  router.get('/', signedIn, agreed, async (_req, res) => {
    const { id, person } = whoVisits(res);
    const [trip, campuses, refused] = await Promise.all([
      nextTripOf(reads, id),
      allCampuses(db),
      readRefusals({ db }, res, { kind: 'visitor', id }),
    ]);
    const campus = campuses.find((one) => one.id === trip?.campus);
    res.render('home/home', { trip, campus, refused, known: person !== null });
  });
  return router;
}
