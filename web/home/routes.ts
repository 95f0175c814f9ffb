import { Router } from 'express';
import { allCampuses } from '../../store/content.ts';
import { type Reservation, reservationsOf } from '../../store/reservation.ts';
import type { WebDeps } from '../deps.ts';
import { agreed, signedIn, whoVisits } from '../visitor/guard.ts';

/** 访客首页 */
export function homeRoutes({ db }: Pick<WebDeps, 'db'>): Router {
  const router = Router();
  router.get('/', signedIn, agreed, async (_req, res) => {
    const { id, person } = whoVisits(res);
    const [reservations, campuses] = await Promise.all([reservationsOf(db, id, 30), allCampuses(db)]);
    const trip = nextTrip(reservations, Date.now());
    const campus = campuses.find((one) => one.id === trip?.campus);
    res.render('home/home', { trip, campus, known: person !== null });
  });
  return router;
}

/** 最近行程: the visit that comes next or is going on; one that may begin before one that is still asked for. */
export function nextTrip(reservations: Reservation[], now: number): Reservation | undefined {
  const open = reservations
    .filter(({ stage, until }) => ['approval', 'pass', 'notification', 'visit'].includes(stage) && Number(until) > now)
    .toSorted((a, b) => Number(a.from) - Number(b.from));
  return open.find(({ pass }) => pass && !pass.revokedAt) ?? open[0];
}
